import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

/*
 * Finds the functions that read octets from somebody else: those that cut octets up themselves, and those that ask the card for an answer.
 * Named `file function`, the file relative to src/piv; a method as `file class.method`.
 */

const FOLDER = path.resolve(import.meta.dirname, '../../../../src/piv');

/** What cuts octets up. */
const CUTTING: ReadonlySet<string> = new Set(['readTlvs', 'readSingle', 'needTlv', 'Cursor', 'DecompressionStream', 'inflate', 'parseResponse']);
/** An exported function of this name reads, however it does it. */
const READS = /^(parse|decode|read|inflate)[A-Z]|^inflate$/;

function reads(body: ts.Node): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && ts.isIdentifier(node.expression) && CUTTING.has(node.expression.text))
      found = true;
    // `answer: true`, or `answer` handed on: an answer body is wanted of the card.
    if (ts.isShorthandPropertyAssignment(node) && node.name.text === 'answer') found = true;
    if (ts.isPropertyAssignment(node) && node.name.getText() === 'answer' && node.initializer.kind === ts.SyntaxKind.TrueKeyword) found = true;
    if (!found) ts.forEachChild(node, visit);
  };
  visit(body);
  return found;
}

/** Names of the reading functions in one source text. */
export function readersIn(file: string, source: string): readonly string[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const add = (name: ts.Node | undefined, body: ts.Node | undefined, exported: boolean, owner = ''): void => {
    if (name === undefined || body === undefined) return;
    const text = name.getText();
    if (reads(body) || (exported && READS.test(text))) found.push(`${file} ${owner}${text}`);
  };
  const isExported = (node: ts.Node): boolean =>
    ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
  for (const statement of tree.statements) {
    if (ts.isFunctionDeclaration(statement)) add(statement.name, statement.body, isExported(statement));
    else if (ts.isVariableStatement(statement))
      for (const each of statement.declarationList.declarations) add(each.name, each.initializer, isExported(statement));
    else if (ts.isClassDeclaration(statement))
      for (const member of statement.members)
        if (ts.isMethodDeclaration(member)) add(member.name, member.body, false, `${statement.name?.text ?? ''}.`);
  }
  return found;
}

/** Names of all reading functions of the PIV application's host side. */
export function readersOfPiv(): readonly string[] {
  return readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .sort()
    .flatMap((file) => readersIn(file.replaceAll('\\', '/'), readFileSync(path.join(FOLDER, file), 'utf8')));
}
