"""ECS: what moto lacks for services that CodeDeploy releases. It never runs anything: the scheduler does.

**Seam with the scheduler** (hold ``sandbox.aws.lock.LOCK`` meanwhile). A service of type CODE_DEPLOY has task sets
(`TaskSet`, from birth exactly one, PRIMARY); the scheduler runs ``task_set.computedDesiredCount`` tasks of
``task_set.task_definition`` for each set in ``service.task_sets`` and writes back plain attributes:

================================  =====================================================================================
``task_set.runningCount``         tasks whose last status is RUNNING
``task_set.pendingCount``         tasks on their way there
``task_set.stabilityStatus``      ``STABILIZING`` or ``STEADY_STATE``; the time of a change is stamped by itself
``service.running_count`` …       read-only sums for a service with task sets. For one of type ECS (it has none): the
                                  scheduler sets ``service.running_count`` and ``service.pending_count``
================================  =====================================================================================

It reads: ``service.status`` (``DRAINING`` after DeleteService: desired is 0 then), ``service.desired_count``,
``service.cluster_name``, ``service.cluster_arn``, ``service.arn``, ``service.name``,
``service.health_check_grace_period_seconds`` (or None);
``task_set.id`` (``ecs-svc/N``: a task's ``startedBy``), ``.task_definition`` (ARN), ``.load_balancers``,
``.network_configuration``, ``.status``. Services are in ``ecs_backends[account][region].services``.

Task records go to ``ecs_backends[account][region].tasks[cluster name][task ARN]``: each a snapshot, which is replaced
by the next one and never changed by the scheduler, so that an answer tells of one moment. ListTasks and the end of a
DRAINING service look at ``task.group`` (``service:<name>``), ``task.desired_status`` and ``task.last_status`` only;
nothing here changes a record but TagResource and StopTask, which sets ``desired_status = "STOPPED"``,
``stop_code = "UserInitiated"`` and ``stopped_reason``, and leaves the rest to the scheduler.
"""
