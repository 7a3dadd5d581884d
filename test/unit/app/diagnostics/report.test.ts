import { describe, expect, it } from 'vitest';
import { toHex } from '../../../../src/codec/hex.ts';
import { MASK } from '../../../../src/app/diagnostics/mask.ts';
import { writeReport } from '../../../../src/app/diagnostics/report.ts';
import type { DiagnosticsReport, ReportOptions } from '../../../../src/app/diagnostics/state.ts';
import { flowBench, NOW, PLANTED, personalCard, plantedForms, tested } from './fixture.ts';

const found = (report: DiagnosticsReport): string[] => plantedForms().filter((form) => report.text.includes(form) || report.json.includes(form));

describe('personal data in reports', () => {
  it.each(['nist', 'yubikey-5.7'] as const)('%s: masked unless ticked in', async (profile) => {
    const bench = flowBench({ cards: [await personalCard(profile)] });
    await tested(bench);
    const report = (options: ReportOptions): DiagnosticsReport => bench.flow.report(options);
    expect(found(report({ includePersonal: false, includeLog: false }))).toEqual([]);
    expect(found(report({ includePersonal: false, includeLog: true }))).toEqual([]);

    // The search is no blind one: the same values are found where they were ticked in.
    const all = report({ includePersonal: true, includeLog: true });
    for (const value of [
      PLANTED.name,
      PLANTED.upn,
      PLANTED.email,
      PLANTED.guid,
      PLANTED.personIdentifier,
      PLANTED.readerSerial,
      PLANTED.certificateSerial,
    ]) {
      expect(all.text, value).toContain(value);
      expect(all.json, value).toContain(value);
    }
    if (profile === 'yubikey-5.7') expect(all.text).toContain(String(PLANTED.cardSerial));
    const nameOctets = toHex(new TextEncoder().encode(PLANTED.name), ' ');
    expect(all.text).toContain(nameOctets);
    expect(found(all).length).toBeGreaterThan(10);
  });

  it('the log comes when ticked in, with bodies of public commands only', async () => {
    const bench = flowBench({ cards: [await personalCard('yubikey-5.7')] });
    await tested(bench);
    const without = bench.flow.report({ includePersonal: false, includeLog: false });
    expect(without.text).not.toContain('PC_to_RDR_XfrBlock');
    expect((JSON.parse(without.json) as { log?: unknown }).log).toBeUndefined();
    const withLog = bench.flow.report({ includePersonal: false, includeLog: true });
    expect(withLog.text).toContain('PC_to_RDR_XfrBlock, bSlot 0');
    expect(withLog.text).toContain('SELECT, 00 A4 04 00');
    expect(withLog.text).toContain('6A82 file or application not found');
    const { log } = JSON.parse(withLog.json) as { log: { layer: string; text: string; body?: string; personal?: boolean }[] };
    expect(new Set(log.map((row) => row.layer))).toEqual(new Set(['usb', 'ccid', 'card', 'apdu', 'minidriver', 'other']));
    expect(log.filter((row) => row.personal === true).every((row) => row.body === MASK)).toBe(true);
    expect(log.some((row) => row.text.startsWith('GET METADATA') && row.body !== undefined)).toBe(false);
    expect(log.some((row) => row.layer === 'apdu' && row.body !== undefined && row.body !== MASK)).toBe(true);
  });

  it('findings come most severe first, with facts and problems, as text and as JSON of the same content', async () => {
    const bench = flowBench({ cards: [await personalCard('yubikey-5.7', { foreignKey: true })] });
    const state = await tested(bench);
    const { text, json } = bench.flow.report({ includePersonal: false, includeLog: false });
    const parsed = JSON.parse(json) as {
      format: string;
      formatVersion: number;
      personalData: string;
      createdAt: string;
      findings: { code: string }[];
    };
    expect(parsed).toMatchObject({ format: 'web-minidriver-diagnostics', formatVersion: 1, personalData: 'masked', createdAt: NOW.toISOString() });
    expect(parsed.findings.map((each) => each.code)).toEqual(state.findings.map((each) => each.code));
    const lines = text.split('\n');
    expect(lines[0]).toBe(`web-minidriver diagnostics: ${NOW.toISOString()} (personal data ${MASK})`);
    const positions = state.findings.map(({ code }) => lines.findIndex((line) => line.includes(`: ${code}`)));
    expect(positions.every((at) => at > 0)).toBe(true);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(text).toContain('dwFeatures: 0x');
    expect(text).toContain('PIV 9A: key, P-256, generated, certificate, of another key (authentication)');
    expect(text).toContain('webusb: no');
  });

  it('text from a reader can not pass for lines of the report', () => {
    const name = 'Reader\n== findings ==\nerror: card-mute\u202e\u2028x';
    const { text } = writeReport(
      { log: [], createdAt: NOW, readers: [{ info: { id: '1', name, simulated: false } }] },
      { includePersonal: false, includeLog: false },
    );
    expect(text.split('\n').filter((line) => line.startsWith('== findings'))).toHaveLength(1);
    expect(text).not.toContain('\u202e');
    expect(text).toContain('reader: Reader.== findings ==.error: card-mute..x');
  });

  it('is there before the first look', () => {
    const { flow } = flowBench({});
    expect(flow.report({ includePersonal: false, includeLog: true }).text).toContain('== environment ==');
  });
});
