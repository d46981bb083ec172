// A value → YAML for people. The only user of yaml's writer; whatever is read is read by the language. Pure.
import { Document, type ParsedNode, Scalar, visit, YAMLMap, YAMLSeq } from 'yaml';
import type { Rendered } from '../model/render.ts';
import { visible } from './cells.ts';

/** What stands in place of a value that there is none of. */
export type Mark = (rendered: Extract<Rendered, { readonly kind: 'failed' | 'unknown' }>) => string;

/** Strings that older readers take for a boolean, a number or a time. */
const ambiguous = /^(?:y|n|yes|no|on|off|[-+]?[\d_:]+(?:\.[\d_]*)?|\d{4}-\d\d?-\d\d?.*)$/i;

/** Lines in block style: not folded, without anchors, strings quoted where one reader or another would take them for something else. */
export function yamlLines(rendered: Rendered, mark: Mark): readonly string[] {
  const document = new Document(null);
  document.contents = toNode(document, rendered, mark) as ParsedNode;
  visit(document, {
    Scalar: (place, scalar) => {
      if (place !== 'key' && typeof scalar.value === 'string' && ambiguous.test(scalar.value))
        scalar.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: true });
  return text.trimEnd().split('\n').map(visible);
}

function toNode(document: Document, rendered: Rendered, mark: Mark): unknown {
  switch (rendered.kind) {
    case 'value':
      return document.createNode(rendered.value, { aliasDuplicateObjects: false });
    case 'list': {
      const list = new YAMLSeq();
      list.items = rendered.items.map((item) => toNode(document, item, mark));
      return list;
    }
    case 'map': {
      const map = new YAMLMap();
      for (const { key, value } of rendered.entries) {
        map.add({ key: document.createNode(key), value: toNode(document, value, mark) } as never);
      }
      return map;
    }
    case 'failed':
    case 'unknown': {
      const scalar = new Scalar(mark(rendered));
      scalar.type = 'PLAIN';
      return scalar;
    }
    default:
      return rendered satisfies never;
  }
}
