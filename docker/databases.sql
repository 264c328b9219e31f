-- One database per app, named after it (tools/system/src/system.ts). PostgreSQL runs this file when its volume is new.
create database orders;
create database inventory;
create database payments;
create database notifications;
