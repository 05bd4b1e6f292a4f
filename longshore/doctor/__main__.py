"""`python -m longshore.doctor`: the same as `longshore doctor`."""

from longshore.doctor.command import doctor

doctor()
