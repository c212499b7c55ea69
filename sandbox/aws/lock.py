"""One AWS call at a time.

moto keeps its state in plain dictionaries and was made for one caller. Terraform asks ten things at once, the scheduler
and the data plane look on meanwhile, and S3's ``If-None-Match`` (Terraform's state lock) is only worth something when
nobody comes in between. So the server holds this lock around each request. Who reads or changes moto's objects in the
process, not through the API, holds it as well, for as short as it takes; never while asking the API over HTTP.
"""

from __future__ import annotations

import threading

LOCK = threading.RLock()
