"""An invented office for people who try Causeway out: accounts, companies and cases. Every company says "(demo)"."""
