"""`python -m service.admin.doctor`: the same as `longshore doctor`."""

from service.admin.doctor.command import doctor

doctor()
