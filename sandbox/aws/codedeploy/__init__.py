"""CodeDeploy's API. What a deployment does is in `sandbox.codedeploy_engine`."""
