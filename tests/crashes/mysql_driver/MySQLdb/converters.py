"""The two names that Airflow takes from mysqlclient at its start (``airflow.settings.configure_adapters``).

PyMySQL has both, and needs no compiler. Where mysqlclient is installed, it comes first: this folder is no package.
"""

from pymysql.converters import conversions
from pymysql.converters import escape_datetime as DateTime2literal  # noqa: N812

__all__ = ["DateTime2literal", "conversions"]
