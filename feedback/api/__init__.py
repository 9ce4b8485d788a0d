"""The front door for programs: a partner, or anybody, files a concern and follows it."""
