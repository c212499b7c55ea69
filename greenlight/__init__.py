"""The release CLI. It finds a service through its release manifest in SSM, and knows nothing of Terraform or CDKTF."""
