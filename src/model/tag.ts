// What tells one state of something that is shown from another.

/** Another one whenever what it stands for may be another; 24 hexadecimal digits, compared as they are. */
export type Tag = string;

/** Of all that is committed in the database: the same one again, and nothing was committed in between. Compared as it is. */
export type Mark = string;
