"""What a Terraform plan would do to live traffic. Pure: a plan in, findings out, which `render` then shows."""
