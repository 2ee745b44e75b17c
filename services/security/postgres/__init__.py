"""Protection of tables and columns, put into PostgreSQL and kept there.

open metadata ─▶ wishes (rules.py, wishes.py)  ┐
PostgreSQL    ─▶ what is there (reading.py)    ├─▶ plan (plan.py) ─▶ one transaction ─▶ checked (exposures.py)
record        ─▶ what was changed (record.py)  ┘                     (enforcement.py)
"""
