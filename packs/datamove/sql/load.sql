-- Loads a CSV into a fresh table beside the served one. The server reads the file, so it lies where the server can see
-- it and the role is a member of pg_read_server_files.
drop table if exists :"next";
create table :"next" (like :"table" including all);
copy :"next" from :'file' with (format csv, header);
