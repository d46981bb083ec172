// A problem in an author's file, as a value: never thrown, never logged as an error of ours.
import type { PackPath } from './pack.ts';

export type Severity = 'error' | 'warning' | 'info';

/** Every code there is, grouped by stage; `language/diagnostics.ts` says what each means. */
export type DiagnosticCode =
  // reading
  | 'READ_TOO_BIG'
  | 'READ_DENIED'
  | 'READ_FAILED'
  | 'READ_NOT_REGULAR'
  | 'READ_OUTSIDE_ROOT'
  | 'READ_LINK_LOOP'
  | 'READ_BAD_NAME'
  | 'READ_EMPTY'
  | 'READ_BINARY'
  | 'READ_NOT_UTF8'
  | 'READ_UTF16'
  | 'READ_TOO_SLOW'
  | 'READ_NOT_JUDGED'
  // YAML
  | 'YAML_SYNTAX'
  | 'YAML_DUPLICATE_KEY'
  | 'YAML_ALIAS_LIMIT'
  | 'YAML_ALIAS_CYCLE'
  | 'YAML_ALIAS_UNKNOWN'
  | 'YAML_DEPTH_LIMIT'
  | 'YAML_NODE_LIMIT'
  | 'YAML_MULTI_DOCUMENT'
  | 'YAML_DIRECTIVE'
  | 'YAML_TAG'
  | 'YAML_MERGE_KEY'
  | 'YAML_FORBIDDEN_KEY'
  | 'YAML_KEY_NOT_STRING'
  | 'YAML_NUL'
  | 'YAML_LONE_SURROGATE'
  | 'YAML_UNSAFE_INTEGER'
  | 'YAML_NOT_FINITE'
  // shape
  | 'SCHEMA_TYPE'
  | 'SCHEMA_REQUIRED'
  | 'SCHEMA_ENUM'
  | 'SCHEMA_LENGTH'
  | 'SCHEMA_RANGE'
  | 'SCHEMA_PATTERN'
  | 'SCHEMA_UNKNOWN_KEY'
  | 'SCHEMA_PARAMETERS'
  // packs
  | 'PACK_REF'
  | 'PACK_DIR'
  | 'PACK_NO_MANIFEST'
  | 'PACK_TWO_MANIFESTS'
  | 'PACK_VERSION'
  | 'PACK_TWO_SPELLINGS'
  // identity
  | 'REF_FORM'
  | 'REF_DIFFERS'
  | 'REF_CONFLICT'
  | 'REF_LINK_MISSING'
  | 'REF_LINK_OUTSIDE_PACK'
  // workflow rules
  | 'RULE_TASK_ACTION'
  | 'RULE_PARALLEL_TASKS'
  | 'RULE_TARGET_UNKNOWN'
  | 'RULE_RETRY_RANGE'
  | 'RULE_RETRY_DELAY'
  | 'RULE_TASK_DUPLICATE'
  | 'RULE_TASK_RESERVED'
  | 'RULE_TASK_UNREACHABLE'
  | 'RULE_ACTION_REF'
  | 'RULE_BATCH_RANGE'
  | 'RULE_DECISION'
  | 'RULE_VARS_NAME'
  | 'RULE_JOIN_RANGE'
  | 'RULE_LEGACY_DISCARDED'
  | 'RULE_PUBLISH_ON_FAILURE'
  | 'RULE_LOOP_ENDLESS'
  | 'RULE_FAILURE_SWALLOWED'
  | 'RULE_NAME_SHADOWED'
  | 'VARS_LIST'
  // calls of other packs' actions and workflows
  | 'CALL_UNKNOWN_ACTION'
  | 'CALL_MISSING_PARAMETER'
  | 'CALL_UNKNOWN_PARAMETER'
  // expressions
  | 'EXPR_SYNTAX'
  | 'EXPR_EMPTY'
  | 'EXPR_TEXT'
  | 'EXPR_UNKNOWN_NAME'
  | 'EXPR_UNKNOWN_PARAMETER'
  | 'EXPR_UNKNOWN_VARIABLE'
  | 'EXPR_UNKNOWN_TASK'
  | 'EXPR_UNKNOWN_FUNCTION'
  | 'EXPR_ARITY'
  | 'EXPR_CONTEXT'
  | 'EXPR_TYPE'
  | 'EXPR_MISSING'
  | 'EXPR_RANGE'
  | 'EXPR_ZERO'
  | 'EXPR_LIMIT';

/** Where in a document: keys and indexes from its root, e.g. `['tasks', 2, 'retry', 'count']`. */
export type DocumentPath = readonly (string | number)[];

/** A diagnostic before it is known which path the bytes lie under: a function of bytes and role alone. */
export type Finding = {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  /** One sentence: what is wrong, naming the value found and what was expected. */
  readonly message: string;
  /** ≥ 1. About a whole file: 1:1. */
  readonly line: number;
  /** ≥ 1, in UTF-16 units. */
  readonly column: number;
  readonly end_line?: number;
  readonly end_column?: number;
  /** What to do about it. */
  readonly help?: string;
};

/** A finding in a file: what `check`, the API and `pack_file.diagnostics` show (contract §3, `D`). */
export type Diagnostic = Finding & { readonly path: PackPath };

/** At most this many diagnostics are kept for a file. */
export const maxDiagnosticsPerFile = 100;

export function hasError(findings: readonly Finding[]): boolean {
  return findings.some((finding) => finding.severity === 'error');
}
