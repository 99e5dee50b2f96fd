"""The test settings, for the processes of the fault suite.

`FAULTS_SETTINGS` contains more settings as JSON. A witness records every signal that is sent.
"""

import json
import os

from settings.testing import *
from settings.testing import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.faults.witness.Witness"]

globals().update(json.loads(os.environ.get("FAULTS_SETTINGS") or "{}"))
