"""The AWS services that Greenlight's stack uses, on this machine. See README.md beside this file."""
