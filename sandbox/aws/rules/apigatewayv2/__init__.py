"""API Gateway (HTTP APIs): routes, what is behind them, and the stages that they are served in."""

from sandbox.aws.rules.apigatewayv2 import gone, integrations, routes, stages

__all__ = ["gone", "integrations", "routes", "stages"]
