import schema from '../api/schema.json';

/** The part of JSON Schema that the views use. */
interface INode {
  $ref?: string;
  anyOf?: INode[];
  type?: string;
  properties?: Record<string, INode>;
  required?: string[];
  additionalProperties?: INode | boolean;
  items?: INode;
}

const DEFINITIONS = schema.$defs as Record<string, INode>;

/**
 * Tell why `value` is not the named view, or null when it is.
 *
 * A saved notebook may hold anything under our MIME type, and came from who knows where.
 */
export function whyNot(value: unknown, view: string): string | null {
  return problem(value, { $ref: `#/$defs/${view}` }, view);
}

function problem(value: unknown, node: INode, path: string): string | null {
  if (node.$ref) {
    const target = DEFINITIONS[node.$ref.split('/').pop() ?? ''];
    return target ? problem(value, target, path) : `${path}: unknown shape`;
  }
  if (node.anyOf) {
    const problems = node.anyOf.map(option => problem(value, option, path));
    return problems.includes(null) ? null : (problems[0] ?? null);
  }
  if (node.type && !isType(value, node.type)) {
    return `${path}: not ${node.type}`;
  }
  return node.type === 'array'
    ? firstProblem((value as unknown[]).map((item, i) => [item, node.items, `${path}[${i}]`]))
    : node.type === 'object'
      ? objectProblem(value as Record<string, unknown>, node, path)
      : null;
}

function objectProblem(value: Record<string, unknown>, node: INode, path: string): string | null {
  const missing = node.required?.find(key => !Object.hasOwn(value, key));
  if (missing !== undefined) {
    return `${path}.${missing}: missing`;
  }
  const rest =
    typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined;
  const shapes = node.properties ?? {};
  return firstProblem(
    Object.entries(value).map(([key, item]) => [
      item,
      Object.hasOwn(shapes, key) ? shapes[key] : rest,
      `${path}.${key}`
    ])
  );
}

function firstProblem(items: [unknown, INode | undefined, string][]): string | null {
  for (const [item, node, path] of items) {
    const found = node ? problem(item, node, path) : null;
    if (found) {
      return found;
    }
  }
  return null;
}

function isType(value: unknown, type: string): boolean {
  switch (type) {
    case 'null':
      return value === null;
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    default:
      return typeof value === type;
  }
}
