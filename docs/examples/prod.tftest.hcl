# What production has to stay like, whoever changes its settings or the modules. No AWS and no credentials: the provider
# is a mock, which knows the schema and makes everything else up. Addresses are those of cdktf.out/stacks/prod/cdk.tf.json.

mock_provider "aws" {
  # A plan is all that is made, which the mock completes: Terraform 1.11 or newer. After an apply there would be a destroy,
  # and the load balancer of production refuses that.
  override_during = plan

  mock_data "aws_availability_zones" {
    defaults = {
      names    = ["us-east-1a", "us-east-1b"]
      zone_ids = ["use1-az1", "use1-az2"]
    }
  }

  # The provider wants ARNs where they are used. Of what is told apart below, each has its own.
  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:us-east-1:123456789012:rule/rule" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:logs" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/role" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:123456789012:function:hook" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/prod/0" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:us-east-1:123456789012:prod-notify" }
  }
  override_resource {
    target = aws_lb_listener.service-api_traffic_prod-listener_26376935
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/prod/0/prod" }
  }
  override_resource {
    target = aws_lb_listener.service-api_traffic_test-listener_46C9ADD2
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/prod/0/test" }
  }
  override_resource {
    target = aws_lb_target_group.service-api_traffic_blue_A4471CE1
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/prod-api-blue/0" }
  }
  override_resource {
    target = aws_lb_target_group.service-api_traffic_green_FD97BF73
    values = { arn = "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/prod-api-green/0" }
  }
  override_resource {
    target = aws_security_group.security-groups_load-balancer_DFB3F1F1
    values = { id = "sg-0123456789abcdef0" }
  }
  override_resource {
    target = aws_security_group.security-groups_vpc-link_DE370B44
    values = { id = "sg-0123456789abcdef1" }
  }
}

run "production" {
  command = plan

  # Traffic

  assert {
    condition = [
      for action in aws_lb_listener.service-api_traffic_prod-listener_26376935.default_action : [action.type, action.target_group_arn]
    ] == [["forward", aws_lb_target_group.service-api_traffic_blue_A4471CE1.arn]]
    error_message = "the prod listener is not created with all of its traffic on blue, the live group"
  }
  assert {
    condition = [
      for action in aws_lb_listener.service-api_traffic_test-listener_46C9ADD2.default_action : [action.type, action.target_group_arn]
    ] == [["forward", aws_lb_target_group.service-api_traffic_green_FD97BF73.arn]]
    error_message = "the test listener is not created with green, where no task runs before a release"
  }
  assert {
    condition     = aws_ecs_service.service-api_service_98F86F8C.deployment_controller[0].type == "CODE_DEPLOY"
    error_message = "ECS would replace the live tasks itself, without the hook"
  }
  assert {
    condition     = aws_ecs_service.service-api_service_98F86F8C.desired_count >= 3
    error_message = "fewer than three tasks: with one zone down, one would be left"
  }
  assert {
    condition     = length(distinct([for subnet in [aws_subnet.network_private-a_492DDEA9, aws_subnet.network_private-b_4C00815F] : subnet.availability_zone])) == 2
    error_message = "the tasks are not in two zones"
  }

  # Releases

  assert {
    condition = alltrue([
      for canary in aws_codedeploy_deployment_config.service-api_deployment_config_5878130B.traffic_routing_config[0].time_based_canary :
      canary.percentage <= 5 && canary.interval >= 3 &&
      aws_codedeploy_deployment_group.service-api_deployment_group-prod-api_01CDD8A3.deployment_config_name == aws_codedeploy_deployment_config.service-api_deployment_config_5878130B.deployment_config_name
    ])
    error_message = "a candidate gets more than 5 percent of the traffic in its first three minutes"
  }
  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.service-api_alarms_blue-errors_0F32319E, aws_cloudwatch_metric_alarm.service-api_alarms_green-errors_F2C6FB7B] :
      alarm.threshold <= 1 && contains(aws_codedeploy_deployment_group.service-api_deployment_group-prod-api_01CDD8A3.alarm_configuration[0].alarms, alarm.alarm_name)
    ])
    error_message = "a release goes on though more than 1 percent of the requests fail"
  }
  assert {
    condition     = aws_codedeploy_deployment_group.service-api_deployment_group-prod-api_01CDD8A3.blue_green_deployment_config[0].terminate_blue_instances_on_deployment_success[0].termination_wait_time_in_minutes >= 60
    error_message = "the old tasks are gone within the hour, and with them the way back within seconds"
  }
  assert {
    condition     = aws_codedeploy_deployment_group.service-api_deployment_group-prod-api_01CDD8A3.auto_rollback_configuration[0].enabled
    error_message = "a release that fails is not rolled back"
  }

  # Who may talk to whom

  assert {
    condition     = aws_lb.load-balancer_30A23327.internal
    error_message = "the load balancer is on the internet, and speaks plain HTTP"
  }
  assert {
    condition     = aws_apigatewayv2_vpc_link.api_vpc-link_B20B912E.security_group_ids == toset([aws_security_group.security-groups_vpc-link_DE370B44.id])
    error_message = "the VPC link has other security groups than its own, which may reach more than the prod listener"
  }
  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_egress_rule.service-api_security-groups_prod-out_E6750CD5] :
      rule.security_group_id == aws_security_group.security-groups_vpc-link_DE370B44.id &&
      rule.referenced_security_group_id == aws_security_group.security-groups_load-balancer_DFB3F1F1.id &&
      rule.cidr_ipv4 == null && rule.from_port == 80 && rule.to_port == 80
    ])
    error_message = "the VPC link may reach something else than the load balancer's prod port"
  }
  assert {
    condition     = !aws_ecs_service.service-api_service_98F86F8C.network_configuration[0].assign_public_ip
    error_message = "tasks have public addresses"
  }

  # What is kept

  assert {
    condition     = aws_lb.load-balancer_30A23327.enable_deletion_protection
    error_message = "a destroy, or a change that replaces the load balancer, is not refused"
  }
  assert {
    condition = alltrue([
      for logs in [aws_cloudwatch_log_group.api_logs_F993657F, aws_cloudwatch_log_group.service-api_service_logs_93AAC9AD, aws_cloudwatch_log_group.service-api_hook_logs_6540E3BC] :
      logs.retention_in_days >= 365
    ])
    error_message = "logs are kept for less than a year"
  }
}
