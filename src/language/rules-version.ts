// The version of what this folder accepts; part of `pack_file.checked_by`.

/**
 * Bump whenever a file may get another verdict, another finding or another canonical form than before: every file
 * is then checked once more at the next start. A change of wording alone does not need it.
 */
export const rulesVersion = '5';
