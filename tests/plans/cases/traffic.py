"""Of what traffic goes through, from API Gateway to the target groups."""

from tests.plans.case import Case, settings
from tests.plans.edits import added, not_ignored, put, unguarded

BALANCER = "load-balancer/load-balancer"
PROD, TEST = "service-api/traffic/prod-listener", "service-api/traffic/test-listener"
BLUE, GREEN = "service-api/traffic/blue", "service-api/traffic/green"
GROUPS = "deregistration_delay_seconds: 5}"
ROUTES = "[GET /one, GET /two]"
ISOLATED = ["${@{network/isolated-a}.id}", "${@{network/isolated-b}.id}"]

LOAD_BALANCER = (
    Case(name="balancer-name", edits=(put(BALANCER, {"name": "dev-2"}),)),
    Case(name="balancer-public", edits=(put(BALANCER, {"internal": False}),)),
    Case(name="balancer-idle-timeout", edits=(put(BALANCER, {"idle_timeout": 4}),)),
    Case(name="balancer-subnets", edits=(put(BALANCER, {"subnets": ISOLATED}),)),
    Case(
        name="balancer-security-group",
        edits=(put(BALANCER, {"security_groups": ["${@{service-web/security-groups/tasks}.id}"]}),),
    ),
    Case(name="balancer-protected", settings=settings(("services:", "deletion_protection: true\nservices:"))),
)

LISTENERS = (
    Case(name="prod-port", settings=settings((f"routes: {ROUTES}", f"routes: {ROUTES}\n    prod_port: 90"))),
    Case(name="test-port", settings=settings(("test_port: 8081", "test_port: 8082"))),
    # As somebody does it who does not know of the rules beside it.
    Case(name="prod-port-alone", edits=(put(PROD, {"port": 90}),)),
    Case(
        name="prod-protocol",
        edits=(
            put(PROD, {"protocol": "HTTPS", "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/shop"}),
        ),
    ),
    Case(name="prod-listener-recreated", options=(f"-replace=@{{{PROD}}}",)),
    Case(name="test-listener-recreated", options=(f"-replace=@{{{TEST}}}",)),
    Case(
        name="prod-listener-to-green",
        edits=(not_ignored(PROD), put(PROD, {"default_action.0.target_group_arn": f"${{@{{{GREEN}}}.arn}}"})),
    ),
    Case(
        name="test-listener-to-blue",
        edits=(not_ignored(TEST), put(TEST, {"default_action.0.target_group_arn": f"${{@{{{BLUE}}}.arn}}"})),
    ),
    # Somebody adds a rule for one path: it is not CodeDeploy's to move.
    Case(
        name="listener-rule-added",
        edits=(
            added(
                "aws_lb_listener_rule",
                "one",
                {
                    "listener_arn": f"${{@{{{PROD}}}.arn}}",
                    "priority": 10,
                    "condition": [{"path_pattern": [{"values": ["/one"]}]}],
                    "action": [{"type": "forward", "target_group_arn": f"${{@{{{GREEN}}}.arn}}"}],
                },
            ),
        ),
    ),
)

TARGET_GROUPS = (
    Case(
        name="health-check-path",
        settings=settings((GROUPS, "deregistration_delay_seconds: 5, health_check: {path: /ready}}")),
    ),
    Case(
        name="health-check-interval",
        settings=settings((GROUPS, "deregistration_delay_seconds: 5, health_check: {interval_seconds: 60}}")),
    ),
    Case(
        name="deregistration-delay", edits=tuple(put(group, {"deregistration_delay": "1"}) for group in (BLUE, GREEN))
    ),
    Case(name="stickiness", edits=tuple(put(group, {"stickiness": {"type": "lb_cookie"}}) for group in (BLUE, GREEN))),
    Case(
        name="target-group-name",
        settings=settings((GROUPS, "deregistration_delay_seconds: 5, blue: api-blue-2}")),
        edits=(unguarded,),
    ),
    Case(
        name="target-group-name-made-first",
        settings=settings((GROUPS, "deregistration_delay_seconds: 5, blue: api-blue-2}")),
        edits=(unguarded, put(BLUE, {"lifecycle.create_before_destroy": True})),
    ),
    Case(name="target-group-port", edits=(put(BLUE, {"port": 3000}), put(GREEN, {"port": 3000}))),
    Case(name="target-group-protocol-version", edits=(put(GREEN, {"protocol_version": "HTTP2"}),)),
)

_API, _STAGE, _LINK = "api/api", "api/stage", "api/vpc-link"
_INTEGRATION = "service-api/integration/integration"

API = (
    Case(
        name="api-protocol",
        edits=(put(_API, {"protocol_type": "WEBSOCKET", "route_selection_expression": "$request.body.action"}),),
    ),
    Case(name="api-endpoint-off", edits=(put(_API, {"disable_execute_api_endpoint": True}),)),
    Case(name="api-cors", edits=(put(_API, {"cors_configuration": {"allow_origins": ["https://example.com"]}}),)),
    Case(name="api-name", edits=(put(_API, {"name": "shop", "description": "The shop's API"}),)),
    Case(name="stage-name", edits=(put(_STAGE, {"name": "v1"}),)),
    Case(name="stage-auto-deploy-off", edits=(put(_STAGE, {"auto_deploy": False}),)),
    Case(name="throttling", settings=settings(("services:", "throttling: {rate: 10, burst: 5}\nservices:"))),
    Case(name="vpc-link-name", edits=(put(_LINK, {"name": "dev-link"}),)),
    Case(name="vpc-link-subnets", edits=(put(_LINK, {"subnet_ids": ISOLATED, "lifecycle": None}),)),
    Case(name="integration-uri", edits=(put(_INTEGRATION, {"integration_uri": f"${{@{{{TEST}}}.arn}}"}),)),
    Case(
        name="integration-internet",
        edits=(
            put(
                _INTEGRATION,
                {"connection_type": "INTERNET", "connection_id": None, "integration_uri": "https://example.com"},
            ),
        ),
    ),
    Case(name="integration-timeout", settings=settings(("request_timeout_seconds: 5", "request_timeout_seconds: 1"))),
    Case(name="integration-recreated", options=(f"-replace=@{{{_INTEGRATION}}}",)),
    Case(name="route-key", edits=(put("api/routes/GET |one", {"route_key": "GET /uno"}), unguarded)),
    Case(name="route-renamed", settings=settings((ROUTES, "[GET /uno, GET /two]"))),
    Case(name="route-signed", edits=(put("api/routes/GET |one", {"authorization_type": "AWS_IAM"}),)),
    Case(name="route-moved", settings=settings((ROUTES, "[GET /one]"), ("[GET /three]", "[GET /two, GET /three]"))),
    Case(
        name="access-log-format",
        edits=(put(_STAGE, {"access_log_settings.format": '{"requestId": "$context.requestId"}'}),),
    ),
)

TRAFFIC = (*LOAD_BALANCER, *LISTENERS, *TARGET_GROUPS, *API)
