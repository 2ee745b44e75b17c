"""Enforcement of the protection of tables and columns in PostgreSQL.

open metadata ─▶ requests (rules.py, wishes.py)     ┐
PostgreSQL    ─▶ current state (reading.py)         ├─▶ plan (plan.py) ─▶ one transaction ─▶ checked (exposures.py)
record        ─▶ changes made before (record.py)    ┘                     (enforcement.py)
"""
