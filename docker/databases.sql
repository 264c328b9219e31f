-- One database a service, named after it (tools/system/src/system.ts). PostgreSQL runs this when its volume is new.
create database orders;
create database inventory;
create database payments;
create database notifications;
