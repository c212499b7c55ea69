"""`make bench`: what a stream of requests sees of releases and deploys, measured."""
