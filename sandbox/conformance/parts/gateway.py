"""An HTTP API, and what leads from it to the load balancer."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from sandbox.conformance.account import until
from sandbox.conformance.parts.balancing import Balancing


class Gateway(Balancing):
    """What is in API Gateway."""

    @cached_property
    def api(self) -> str:
        return str(self._call("apigatewayv2", "CreateApi", Name=self.name, ProtocolType="HTTP")["ApiId"])

    @cached_property
    def vpc_link(self) -> str:
        groups = [self.security_group]
        request = {"Name": self.name, "SubnetIds": self.subnets, "SecurityGroupIds": groups}
        made = str(self._call("apigatewayv2", "CreateVpcLink", **request)["VpcLinkId"])
        look = lambda: self.account.read("apigatewayv2", "GetVpcLink", VpcLinkId=made)["VpcLinkStatus"]  # noqa: E731
        until(look, "AVAILABLE".__eq__)
        return made

    def integration_settings(self, **changes: Any) -> dict[str, Any]:
        return {
            "ApiId": self.api,
            "IntegrationType": "HTTP_PROXY",
            "IntegrationMethod": "ANY",
            "ConnectionType": "VPC_LINK",
            "ConnectionId": self.vpc_link,
            "IntegrationUri": self.production_listener,
            "PayloadFormatVersion": "1.0",
        } | changes

    @cached_property
    def integration(self) -> str:
        return str(self._call("apigatewayv2", "CreateIntegration", **self.integration_settings())["IntegrationId"])

    @cached_property
    def route(self) -> str:
        """``GET /items/{id}``, to the integration."""
        target = f"integrations/{self.integration}"
        answer = self._call("apigatewayv2", "CreateRoute", ApiId=self.api, RouteKey="GET /items/{id}", Target=target)
        return str(answer["RouteId"])

    @cached_property
    def other_route(self) -> str:
        """``POST /items``, to nowhere."""
        return str(self._call("apigatewayv2", "CreateRoute", ApiId=self.api, RouteKey="POST /items")["RouteId"])

    @cached_property
    def stage(self) -> str:
        self._call("apigatewayv2", "CreateStage", ApiId=self.api, StageName="$default", AutoDeploy=True)
        return "$default"
