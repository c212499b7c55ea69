# Fake secrets in every place where a plan has them in the clear. Each has the word "planted" in it, in some case; those
# of a form that scanners know are put together here.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

variable "password" {
  sensitive = true
  default   = "planted-sensitive-variable"
}

variable "former" {
  sensitive = true
  default   = "planted-formerly-sensitive"
}

locals {
  generation = "1"
  aws_key    = join("", ["AK", "IA", "PLANTEDPLANTED0", local.generation])
  github     = join("", ["gh", "p_", "PlantedPlantedPlantedPlantedPlanted", local.generation])
  jwt        = join(".", ["ey${"JhbGciOiJIUzI1NiJ9"}", "ey${"JzdWIiOiIxMjM0In0"}", "planted${local.generation}AAAAAAAAAAAAAAAAAAAAAAAA"])
  pem        = join("\n", ["-----BEGIN ${"PRIVATE"} KEY-----", "planted${local.generation}AAAAAAAAAAAA", "-----END ${"PRIVATE"} KEY-----"])
  url        = "postgres://shop:planted-in-url-${local.generation}@db.example.com/shop"
}

resource "aws_ecs_task_definition" "marked" {
  family                = "secrets-marked"
  container_definitions = jsonencode([{
    name        = "api"
    image       = "public.ecr.aws/docker/library/nginx:1.29"
    memory      = 128
    environment = [{ name = "PASSWORD", value = "${var.password}-${local.generation}" }]
  }])
}

resource "aws_ecs_task_definition" "plain" {
  family                = "secrets-plain"
  container_definitions = jsonencode([{
    name   = "api"
    image  = "public.ecr.aws/docker/library/nginx:1.29"
    memory = 128
    environment = [
      { name = "CHANGED", value = "planted-changed-${local.generation}" },
      { name = "REMOVED", value = "planted-removed" },
    ]
    command = ["serve", "--password=planted-in-command-${local.generation}", local.url]
  }])
}

resource "aws_ecs_task_definition" "former" {
  family                = "secrets-former"
  container_definitions = jsonencode([{
    name        = "api"
    image       = "public.ecr.aws/docker/library/nginx:1.29"
    memory      = 128
    environment = [{ name = "FORMER", value = var.former }]
  }])
}

resource "aws_iam_role" "hook" {
  name = "secrets"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
      Condition = { StringEquals = { "sts:ExternalId" = local.github } }
    }]
  })
}

resource "aws_iam_role_policy" "hook" {
  name = "inline"
  role = aws_iam_role.hook.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "ssm:GetParameter"
      Resource  = "*"
      Condition = { StringEquals = { "aws:PrincipalTag/token" = local.jwt } }
    }]
  })
}

resource "aws_lambda_function" "hook" {
  function_name = "secrets"
  role          = aws_iam_role.hook.arn
  filename      = "function.zip"
  handler       = "bootstrap"
  runtime       = "provided.al2023"
  description   = "Asks ${local.url}"
  environment {
    variables = {
      CHANGED = "planted-in-lambda-${local.generation}"
      REMOVED = "planted-removed-from-lambda"
    }
  }
}

resource "aws_ssm_parameter" "text" {
  for_each       = { key = local.aws_key, token = local.github, pem = local.pem, jwt = local.jwt, url = local.url }
  name           = "/secrets/${each.key}"
  type           = "String"
  description    = "Uses ${local.aws_key}"
  insecure_value = each.value
}

resource "aws_ssm_parameter" "sensitive" {
  name  = "/secrets/sensitive"
  type  = "SecureString"
  value = "planted-sensitive-value-${local.generation}"
}

resource "aws_ssm_parameter" "write_only" {
  name             = "/secrets/write-only"
  type             = "SecureString"
  value_wo         = "planted-write-only-${local.generation}"
  value_wo_version = local.generation
}

output "password" {
  sensitive = true
  value     = "${var.password}-${local.generation}"
}
