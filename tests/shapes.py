"""The run-time check of types and shapes; as in mypy, an int will do where a float is asked."""

from beartype import BeartypeConf, beartype

check = beartype(conf=BeartypeConf(is_pep484_tower=True))
