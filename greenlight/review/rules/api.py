"""The way in: API Gateway's HTTP APIs. Pure."""

from greenlight.review.rules.row import SAFE, Case, Kind, Row, at, becomes, blocked, each, refused, safe, traffic

_AT_ONCE = "The stage deploys by itself, so that it counts within seconds"


def _throttling(case: Case) -> Row:
    path = "default_route_settings.throttling_{}_limit"
    for limit in ("rate", "burst"):
        before, after = (at(side, path.format(limit)) or 0 for side in (case.change.before, case.change.after))
        if before and after < before:
            return traffic(
                "Requests above the new limits are answered 429 from now on; where there is none left, the account's "
                "limit holds.",
                "Compare the limits with the API's request count at its busiest hour.",
            )
    return safe("More requests are let through.")


def _timeout(case: Case) -> Row:
    before, after = (at(side, "timeout_milliseconds") or 30_000 for side in (case.change.before, case.change.after))
    if after < before:
        return traffic(
            f"Requests that take longer than {after} ms are cut off and answered 503 or 504 from now on.",
            "Compare it with the slowest answers of the service.",
        )
    return safe("Slow answers are waited for longer.")


def _route_key(case: Case) -> Row:
    return traffic(
        f"{at(case.change.before, 'route_key')} answers 404 at once; its requests go to the new key alone.",
        "Add the new route beside the old one, move the clients, then take the old one away.",
    )


def _link(case: Case) -> Row:
    if case.change.actions == ("create", "delete"):
        return traffic(
            "A second link is made before the old one goes, and the integrations move to it in place: minutes, but no "
            "request has to fail.",
            "Not during a release; watch the API's 5xx while it is applied.",
        )
    return blocked(
        "It is the only way in: AWS refuses to delete it while an integration uses it, else every request fails for "
        "the minutes that a new one takes.",
        "Make a second VPC link beside it, move the integrations, then take this one away; or set "
        "create_before_destroy.",
    )


KINDS: dict[str, Kind] = {
    "aws_apigatewayv2_api": Kind(
        what="the API",
        replaced=blocked(
            "The API gets another id and URL: every client of the old one fails, until it is told the new one.",
            "Take the change back, or build a second API beside it and move the clients.",
        ),
        deleted=blocked("Every client loses the API.", "Move the clients first."),
        arguments={
            "disable_execute_api_endpoint": becomes(
                "disable_execute_api_endpoint",
                True,
                blocked(
                    "The default URL answers no more: clients without the custom domain name lose the API.",
                    "First see in the access log that nobody uses the default URL.",
                ),
                safe("The default URL answers too."),
            ),
            "cors_configuration": traffic(
                "Browsers may be refused, or let in, from other origins at once; other clients see nothing.",
                "Check the origins, methods and headers that your pages use.",
            ),
            "body": traffic("Routes and integrations are imported anew: what the document lacks is answered 404."),
            "ip_address_type": traffic("Clients over IPv6 may reach it, or no longer."),
            **each("route_selection_expression target route_key credentials_arn", traffic("Requests are routed anew.")),
            **each("name description version api_key_selection_expression fail_on_warnings", SAFE),
        },
    ),
    "aws_apigatewayv2_stage": Kind(
        what="the stage",
        replaced=blocked("All paths fail until the stage is there again.", "Make a second stage first."),
        deleted=blocked("All paths fail.", "Move the clients to another stage first."),
        arguments={
            "auto_deploy": becomes(
                "auto_deploy",
                False,
                traffic(
                    "Nothing happens now; later changes of routes are not served until somebody deploys them.",
                    "Keep auto_deploy, or deploy explicitly from now on.",
                ),
                safe("Changes of routes are served at once."),
            ),
            "default_route_settings": _throttling,
            "route_settings": traffic("Some routes get other limits: 429 above them.", "Compare with their traffic."),
            "deployment_id": traffic("Other routes and integrations are served at once.", "Compare the deployments."),
            "stage_variables": traffic(f"{_AT_ONCE}: integrations that name the variables go elsewhere."),
            "client_certificate_id": traffic("Backends that check the certificate may refuse the API."),
            **each("access_log_settings description", SAFE),
        },
    ),
    "aws_apigatewayv2_vpc_link": Kind(
        what="the VPC link",
        replaced=_link,
        deleted=blocked("It is a way in: requests through it fail.", "Move the integrations first."),
        arguments={"name": SAFE},
    ),
    "aws_apigatewayv2_integration": Kind(
        what="the integration",
        replaced=refused(
            "AWS refuses to delete an integration that routes use: the apply ends half-way.",
            "Make a new integration, move the routes, then take the old one away; or set create_before_destroy.",
        ),
        deleted=traffic("Routes that still use it answer 500.", "Check that no route does."),
        arguments={
            "connection_type": becomes(
                "connection_type",
                "INTERNET",
                blocked("Requests leave the VPC: the internal load balancer cannot be reached from there."),
                traffic(f"{_AT_ONCE}: requests take another way."),
            ),
            "timeout_milliseconds": _timeout,
            **each(
                "integration_uri connection_id integration_method payload_format_version request_parameters tls_config "
                "integration_type response_parameters credentials_arn request_templates passthrough_behavior "
                "content_handling_strategy template_selection_expression",
                traffic(
                    f"{_AT_ONCE}: requests go elsewhere, or arrive changed; a target that is not healthy answers 503.",
                    "Check that the new target answers before the apply.",
                ),
            ),
            "description": SAFE,
        },
    ),
    "aws_apigatewayv2_route": Kind(
        what="the route",
        replaced=traffic("Its requests are answered 404 until it is there again."),
        deleted=traffic("Its requests are answered 404 at once.", "See in the access log that nobody sends any."),
        arguments={
            "route_key": _route_key,
            "target": traffic(
                f"{_AT_ONCE}: its requests go to another integration.", "Check that what is behind it answers them."
            ),
            **each(
                "authorization_type authorizer_id authorization_scopes api_key_required",
                traffic(
                    "Requests without the right token are answered 401 or 403 at once, or let in without one.",
                    "Check what the clients send before the apply.",
                ),
            ),
            **each(
                "request_parameter request_models model_selection_expression route_response_selection_expression",
                traffic(f"{_AT_ONCE}: its requests are judged or passed on in another way."),
            ),
            "operation_name": SAFE,
        },
    ),
    "aws_apigatewayv2_authorizer": Kind(
        what="the authorizer",
        replaced=traffic("Routes that use it refuse every request until it is there again."),
        deleted=traffic("Routes that use it refuse every request."),
        arguments={
            "name": SAFE,
            **each(
                "jwt_configuration identity_sources authorizer_uri authorizer_type authorizer_credentials_arn "
                "authorizer_result_ttl_in_seconds enable_simple_responses authorizer_payload_format_version",
                traffic("Other tokens are taken from now on: clients may be answered 401 or 403."),
            ),
        },
    ),
    "aws_apigatewayv2_domain_name": Kind(
        what="the domain name",
        replaced=blocked("Clients of the domain name lose the API until DNS leads to the new one."),
        deleted=blocked("Clients of the domain name lose the API."),
        arguments={
            "domain_name_configuration": traffic("Clients see another certificate, or must speak a newer TLS."),
            "mutual_tls_authentication": traffic("Clients without a certificate that is trusted are refused."),
        },
    ),
    "aws_apigatewayv2_api_mapping": Kind(
        what="the mapping of the domain name",
        replaced=traffic("Its paths are answered 404 until it is there again."),
        deleted=traffic("Its paths are answered 404."),
        arguments=each("stage api_mapping_key api_id", traffic("Its paths lead to another API or stage at once.")),
    ),
}
