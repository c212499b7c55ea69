"""What happens to every request before moto sees it, and to every answer: `sandbox.aws.app` puts it together."""
