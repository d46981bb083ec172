select count(*) from :"next";
