/** Turn the schema's text into the text of a TypeScript module. */
export function toModule(schemaText: string): string;
