// The public surface as text: every name that a sub-path exports, with its kind. A change shows in review as a change of .config/api.txt.
// node .config/steps/api.mjs --write brings the file up to date.
import { readFileSync, writeFileSync, existsSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from './install.mjs';

export function surface() {
  const exported = Object.keys(JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')).exports).filter((name) =>
    /^\.\/[a-z0-9-]+(\/[a-z0-9-]+)?$/.test(name),
  );
  const config = ts.getParsedCommandLineOfConfigFile(
    path.join(root, 'tsconfig.json'),
    {},
    { ...ts.sys, onUnRecoverableConfigFileDiagnostic: () => {} },
  );
  const files = exported.map((name) => path.join(root, 'src', name.slice(2), 'index.ts')).filter((file) => existsSync(file));
  const program = ts.createProgram(files, { ...config.options, noEmit: true });
  const checker = program.getTypeChecker();
  const flags = ts.TypeFormatFlags.NoTruncation | ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope | ts.TypeFormatFlags.WriteArrowStyleSignature;
  const lines = [];
  for (const file of files) {
    lines.push(`\n./${path.relative(path.join(root, 'src'), path.dirname(file)).split(path.sep).join('/')}`);
    const module = checker.getSymbolAtLocation(program.getSourceFile(file));
    for (const symbol of checker.getExportsOfModule(module).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const real = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
      const declaration = real.declarations?.[0];
      if (declaration === undefined) continue;
      if (real.flags & ts.SymbolFlags.Class) lines.push(`  class ${symbol.name}`);
      else if (real.flags & ts.SymbolFlags.Interface)
        lines.push(
          `  interface ${symbol.name} { ${checker
            .getPropertiesOfType(checker.getDeclaredTypeOfSymbol(real))
            .map((p) => p.name)
            .sort()
            .join(', ')} }`,
        );
      else if (real.flags & ts.SymbolFlags.TypeAlias) lines.push(`  type ${symbol.name}`);
      else
        lines.push(
          `  ${real.flags & ts.SymbolFlags.Function ? 'function' : 'const'} ${symbol.name}: ${short(checker.typeToString(checker.getTypeOfSymbolAtLocation(real, declaration), declaration, flags))}`,
        );
    }
  }
  return `${lines.join('\n').trim()}\n`;
}

const short = (text) => (text.length <= 240 ? text : `${text.slice(0, 237)}...`);

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const file = path.join(root, '.config', 'api.txt');
  const now = surface();
  if (process.argv.includes('--write')) {
    writeFileSync(file, now);
    process.exit(0);
  }
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (before === now) process.exit(0);
  const old = new Set(before.split('\n'));
  const fresh = new Set(now.split('\n'));
  for (const line of old) if (!fresh.has(line)) console.log(`- ${line}`);
  for (const line of fresh) if (!old.has(line)) console.log(`+ ${line}`);
  console.log('The public surface changed. If that is meant: node .config/steps/api.mjs --write, and a line in CHANGELOG.md.');
  process.exit(1);
}
