"""The pages of people who work on cases."""
