// What can be wrong with an expression, as values: nothing in this folder throws for what an author wrote.

/** Every code there is. All but `EXPR_SYNTAX` and `EXPR_EMPTY` may also come from evaluation. */
export type ExpressionCode =
  | 'EXPR_SYNTAX'
  | 'EXPR_EMPTY'
  | 'EXPR_UNKNOWN_NAME'
  | 'EXPR_UNKNOWN_FUNCTION'
  | 'EXPR_ARITY'
  | 'EXPR_TYPE'
  | 'EXPR_MISSING'
  | 'EXPR_RANGE'
  | 'EXPR_ZERO'
  | 'EXPR_LIMIT';

/** A fault that does not know yet where in the text it is. Values are never quoted: they may be secrets. */
export type Fault = {
  readonly code: ExpressionCode;
  readonly message: string;
  readonly help?: string;
  /** Which argument of a call is at fault, from 0; undefined: the whole. */
  readonly argument?: number;
};

/** A fault and its place: offsets in UTF-16 units into the text that was parsed, `end` exclusive. */
export type ExpressionError = {
  readonly code: ExpressionCode;
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly help?: string;
};

/** Puts a fault in its place. */
export function at(fault: Fault, start: number, end: number): ExpressionError {
  const { code, message, help } = fault;
  return help === undefined ? { code, message, start, end } : { code, message, start, end, help };
}
