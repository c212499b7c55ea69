variable "name" {}
variable "description" {}
variable "cors_configuration" {}
variable "burst_limit" {}
variable "rate_limit" {}
variable "vpc_links" {}
variable "routes" {}

resource "aws_apigatewayv2_api" "this" {
  count         = 1
  name          = var.name
  description   = var.description
  protocol_type = "HTTP"

  cors_configuration {
    allow_headers = var.cors_configuration.allow_headers
    allow_methods = var.cors_configuration.allow_methods
    allow_origins = var.cors_configuration.allow_origins
  }
}

resource "aws_apigatewayv2_vpc_link" "this" {
  for_each           = var.vpc_links
  name               = var.name
  security_group_ids = each.value.security_group_ids
  subnet_ids         = each.value.subnet_ids
}

resource "aws_apigatewayv2_integration" "this" {
  for_each             = var.routes
  api_id               = aws_apigatewayv2_api.this[0].id
  connection_type      = "VPC_LINK"
  connection_id        = aws_apigatewayv2_vpc_link.this[each.value.vpc_link].id
  integration_type     = "HTTP_PROXY"
  integration_method   = "ANY"
  integration_uri      = each.value.uri
  timeout_milliseconds = 12000

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_apigatewayv2_route" "this" {
  for_each  = var.routes
  api_id    = aws_apigatewayv2_api.this[0].id
  route_key = each.key
  target    = "integrations/${aws_apigatewayv2_integration.this[each.key].id}"
}

resource "aws_cloudwatch_log_group" "this" {
  for_each          = toset(["this"])
  name              = "/aws/apigateway/${var.name}"
  retention_in_days = 30
}

resource "aws_apigatewayv2_stage" "this" {
  count       = 1
  api_id      = aws_apigatewayv2_api.this[0].id
  name        = "$default"
  auto_deploy = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.this["this"].arn
    format          = jsonencode({ requestId = "$context.requestId", status = "$context.status" })
  }

  default_route_settings {
    throttling_burst_limit = var.burst_limit
    throttling_rate_limit  = var.rate_limit
  }
}
