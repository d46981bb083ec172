drop table if exists :"next";
