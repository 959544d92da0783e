"""Puts users into Open WebUI's database: open_webui_users.py DATABASE USERS.csv. Their passwords are hashed with bcrypt's
least cost, since five hundred sign-ins at its usual one are minutes of a core."""

import csv
import sqlite3
import sys
import time
import uuid

import bcrypt

ROLE, PICTURE, NOW = "user", "/user.png", int(time.time())
with open(sys.argv[2]) as file, sqlite3.connect(sys.argv[1], timeout=30) as database:
    for row in csv.DictReader(file):
        one = str(uuid.uuid4())
        password = bcrypt.hashpw(row["password"].encode(), bcrypt.gensalt(4)).decode()
        database.execute("INSERT INTO auth (id, email, password, active, session_stamp) VALUES (?, ?, ?, 1, ?)",
                         (one, row["email"], password, str(uuid.uuid4())))
        database.execute("INSERT INTO user (id, name, email, role, profile_image_url, last_active_at, updated_at, created_at)"
                         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (one, row["email"], row["email"], ROLE, PICTURE, 0, NOW, NOW))
