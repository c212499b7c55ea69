# Values that would break or forge a comment, if they were not shown as what they are.
terraform {
  required_providers {
    aws = { source = "hashicorp/aws", version = "~> 5.100.0" }
  }
}

provider "aws" {
  region = "us-east-1"
}

locals {
  generation = "1"
  hostile = {
    markdown  = "# Safe\n\n**Nothing to look at**\n\n---\n- [x] [approved](https://example.com) ![x](https://example.com/x.png)"
    html      = "</details></td></table><h1>Safe</h1><script>alert(1)</script><img src=x onerror=alert(1)>"
    mentions  = "@octocat @everyone #1 octo/cat#2 fixes #3 GH-4"
    backticks = "` `` ``` ```` ~~~ ```diff\n+ safe\n```"
    pipes     = "a | b | c\n|---|---|\n| safe | safe |"
    newlines  = "one\r\ntwo\rthree\u2028four\u2029five\u0085six"
    bidi      = "\u202eefas\u202c \u2066safe\u2069 \u200bz\u200dw\ufeff"
    escapes   = "\u001b[2K\u001b[32mSafe\u001b[0m \\ \\n &lt;b&gt; $${x} %%{y}"
    marker    = "<!-- greenlight --> <!-- greenlight-review --> <!-- greenlight:review:v1 --> -->"
    long      = join("", [for n in range(400) : "longlonglo"])
  }
}

# Addresses have the keys in them.
resource "aws_ssm_parameter" "text" {
  for_each       = { for name, text in local.hostile : substr(name == "long" ? name : text, 0, 60) => { name = name, text = text } }
  name           = "/hostile/${each.value.name}"
  type           = "String"
  description    = substr("${local.generation}${each.value.text}", 0, 1000)
  insecure_value = "${local.generation}${each.value.text}"
}

resource "aws_security_group" "text" {
  name        = "hostile"
  description = "Generation ${local.generation}"
}

resource "aws_ecs_task_definition" "text" {
  family = "hostile"
  container_definitions = jsonencode([{
    name        = "api"
    image       = "public.ecr.aws/docker/library/nginx:1.29"
    memory      = 128
    command     = [for text in values(local.hostile) : "${local.generation}${text}"]
    environment = [{ name = "</summary>`|@octocat", value = local.generation }]
  }])
}
