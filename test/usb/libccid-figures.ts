/**
 * The figures of CCID 1.1 and ISO/IEC 7816-3 that the driver took from memory of the standards, not from a source that was read: which
 * test shows that libccid works by the same figure, or why it can't show it.
 */
export interface Figure {
  readonly clause: string;
  readonly figure: string;
  /** Name of a message, request or answer that the figure is about: every one that the driver knows is in this table. */
  readonly of?: string;
  readonly shown: { readonly file: string; readonly tests: readonly string[] } | { readonly unseen: string };
}

const inFile =
  (file: string) =>
  (...tests: readonly string[]): Figure['shown'] => ({ file, tests });
const bringUp = inFile('libccid-bring-up.test.ts');
const messages = inFile('libccid-messages.test.ts');
const pinPad = inFile('libccid-pin-pad.test.ts');
const waiting = inFile('libccid-waiting.test.ts');
const accepted = inFile('libccid.test.ts');
const unseen = (reason: string): Figure['shown'] => ({ unseen: reason });

/** That it sends none is itself shown: libccid-figures.test.ts. */
const NEVER_SENT = unseen('libccid has no such message; the simulated reader is the only other reading of the standard');
const NEVER_ASKED = unseen('libccid has no such request; the simulated reader is the only other reading of the standard');

export const FIGURES: readonly Figure[] = [
  {
    clause: 'USB 2.0, 9.4.3',
    figure: 'GET_DESCRIPTOR(configuration) is 80 06 0200 + index, index 0',
    shown: unseen('libccid has the descriptor from the kernel, which read it when the device came. Chromium’s own request is in driver.test.ts'),
  },
  {
    clause: 'CCID 5.3.1',
    figure: 'ABORT is 21 01, bSeq above bSlot in wValue',
    of: 'ABORT',
    shown: unseen('libccid never aborts: shown beside the driver’s two halves in libccid-waiting.test.ts'),
  },
  {
    clause: 'CCID 5.3.2',
    figure: 'GET_CLOCK_FREQUENCIES is A1 02, four bytes for each of bNumClockSupported, in kHz',
    of: 'GET_CLOCK_FREQUENCIES',
    shown: NEVER_ASKED,
  },
  {
    clause: 'CCID 5.3.3',
    figure: 'GET_DATA_RATES is A1 03, four bytes for each of bNumDataRatesSupported, in bit/s',
    of: 'GET_DATA_RATES',
    shown: bringUp('rate of TA1 in the table', 'no rate of the card in the table', 'table longer than announced', 'table shorter than announced'),
  },
  {
    clause: 'CCID 5.3.3',
    figure: 'a request that stalls is no table; it is made only where bNumDataRatesSupported is not 0',
    shown: bringUp('table announced, request stalls', 'no table announced'),
  },
  {
    clause: 'CCID 5.3.3',
    figure: 'a table whose length is no multiple of four is ignored',
    shown: bringUp('table of one rate and a half'),
  },
  {
    clause: 'CCID 6.1.1',
    figure: '62, bPowerSelect 00 automatic, 01 5 V, 02 3 V, 03 1.8 V; bits 0 to 2 of bVoltageSupport; 0 with dwFeatures 04 or 08',
    of: 'IccPowerOn',
    shown: bringUp('bVoltageSupport ${bVoltageSupport}, mute', 'automatic voltage, mute', 'automatic activation, mute', 'mute at 5 V only'),
  },
  {
    clause: 'CCID 6.1.2',
    figure: '63, no data',
    of: 'IccPowerOff',
    shown: inFile('libccid-figures.test.ts')('libccid sends these messages and no others'),
  },
  {
    clause: 'CCID 6.1.3',
    figure: '65, no data',
    of: 'GetSlotStatus',
    shown: inFile('libccid-figures.test.ts')('libccid sends these messages and no others'),
  },
  {
    clause: 'CCID 6.1.4',
    figure: '6F, wLevelParameter 0000 0001 0002 0003 0010 as data goes and comes in parts',
    of: 'XfrBlock',
    shown: messages('extended APDU, messages of 64 bytes', 'short APDU', 'TPDU, T=0', 'TPDU, T=1'),
  },
  { clause: 'CCID 6.1.4', figure: 'bBWI is the multiplier of S(WTX request)', shown: waiting('S(WTX request) for 2 waiting times') },
  { clause: 'CCID 6.1.5', figure: '6C, no data', of: 'GetParameters', shown: NEVER_SENT },
  { clause: 'CCID 6.1.6', figure: '6D, no data', of: 'ResetParameters', shown: NEVER_SENT },
  {
    clause: 'CCID 6.1.7',
    figure: '61, bProtocolNum 00 T=0, 01 T=1; five and seven bytes: Fi Di, convention and CRC, guard time, waiting integers, clock stop, IFSC, NAD',
    of: 'SetParameters',
    shown: bringUp('inverse convention', 'TC2', 'T=1 with CRC', 'IFSC FF', 'TB3 absent', 'TA1 12', 'clock stop in T=15'),
  },
  {
    clause: 'CCID 6.1.7',
    figure: 'bGuardTimeT0 and bGuardTimeT1 are TC1 as it is, 00 and FF among them, at every TA1',
    shown: bringUp("TA1 ${ta1 || 'absent'}, TC1 ${tc1 || 'absent'}"),
  },
  {
    clause: 'CCID 6.1.7',
    figure: 'bProtocolNum 80 to 82: synchronous cards',
    shown: unseen('neither libccid nor the driver speaks to synchronous cards'),
  },
  {
    clause: 'CCID 6.1.8',
    figure: '6B, the vendor’s bytes',
    of: 'Escape',
    shown: pinPad('GemPC Pinpad', 'Gemalto, not mended', 'Gemalto, mended'),
  },
  { clause: 'CCID 6.1.9', figure: '6E, bClockCommand', of: 'IccClock', shown: NEVER_SENT },
  { clause: 'CCID 6.1.10', figure: '6A, bmChanges', of: 'T0APDU', shown: NEVER_SENT },
  {
    clause: 'CCID 6.1.11',
    figure: '69, bPINOperation 00 verify and 01 modify, each field in its place; message indexes by bNumberMessage',
    of: 'Secure',
    shown: pinPad('extended APDU', 'short APDU', 'no display', 'TPDU, T=0: no bTeoPrologue', 'Cherry KC 1000 SC, firmware 1.00'),
  },
  {
    clause: 'CCID 6.1.11',
    figure: 'bTeoPrologue is NAD PCB LEN; N(S) goes on only where a block was sent',
    shown: pinPad('TPDU, T=1: bTeoPrologue'),
  },
  { clause: 'CCID 6.1.11', figure: 'bPINOperation 02 to 06', shown: unseen('libccid has verify and modify only, and so has the driver') },
  { clause: 'CCID 6.1.12', figure: '71, bFunction', of: 'Mechanical', shown: NEVER_SENT },
  { clause: 'CCID 6.1.13', figure: '72, no data', of: 'Abort', shown: NEVER_SENT },
  { clause: 'CCID 6.1.14', figure: '73, kHz and bit/s in four bytes each', of: 'SetDataRateAndClockFrequency', shown: NEVER_SENT },
  {
    clause: 'CCID 6.2.1',
    figure: '80, bChainParameter 00 01 02 03 10 in byte 9',
    of: 'DataBlock',
    shown: messages('extended APDU, messages of 64 bytes', 'extended APDU, one message for all'),
  },
  {
    clause: 'CCID 6.2.2',
    figure: '81; bmICCStatus 0 active, 1 inactive, 2 absent',
    of: 'SlotStatus',
    shown: accepted('hears of removal and insertion'),
  },
  { clause: 'CCID 6.2.2', figure: 'bClockStatus in byte 9 of 81', shown: unseen('libccid does not look at it') },
  {
    clause: 'CCID 6.2.3',
    figure: '82; FB in answer to SetParameters fails',
    of: 'Parameters',
    shown: bringUp('SetParameters: hardware error'),
  },
  { clause: 'CCID 6.2.4', figure: '83, the vendor’s bytes', of: 'EscapeAnswer', shown: pinPad('Gemalto, not mended', 'Gemalto, mended') },
  { clause: 'CCID 6.2.5', figure: '84, kHz and bit/s in four bytes each', of: 'DataRateAndClockFrequency', shown: NEVER_SENT },
  {
    clause: 'CCID 6.2.6',
    figure: 'bmCommandStatus 1 is a failure, and every value of bError has its name',
    shown: inFile('libccid-errors.test.ts')('bError: each of the 256 values has the meaning that libccid gives it'),
  },
  {
    clause: 'CCID 6.2.6',
    figure: 'bmCommandStatus 2 asks for more time, bError is the multiplier, for one read; 00 counts as one',
    shown: waiting('a time extension, multiplier 0', 'a time extension, multiplier 2', 'a time extension, multiplier 3, and one with 1'),
  },
  { clause: 'CCID 6.3.1', figure: '50, two bits for each slot from bit 0', shown: accepted('hears of removal and insertion') },
  { clause: 'CCID 6.3.2', figure: '51, bHardwareErrorCode', shown: unseen('libccid does not look at it') },
  {
    clause: 'PC/SC part 10, 2.5.2',
    figure: '6400 time-out (F0), 6401 cancelled (EF), 6402 new PINs differ, 6403 too short or long',
    shown: pinPad('extended APDU', 'TPDU, T=1: bTeoPrologue'),
  },
  { clause: 'PC/SC part 10, 2.5.2', figure: '6B80 structure wrong', shown: pinPad('6B80, a structure that does not work out') },
  {
    clause: 'CCID 6.1.1',
    figure: 'voltages in turn, on any failure; busy is none',
    shown: bringUp('hardware error at power-on', 'busy at power-on, twice'),
  },
  { clause: 'ISO/IEC 7816-3, 8.2.5', figure: 'an ATR with a wrong TCK is used all the same', shown: bringUp('TCK wrong') },
  {
    clause: 'ISO/IEC 7816-3, 8.3',
    figure: 'TA2: no PPS, protocol and speed as it says',
    shown: bringUp('TA2: T=0 in specific mode', 'TA2: T=1 in specific mode'),
  },
  {
    clause: 'ISO/IEC 7816-3, 9.2',
    figure: 'PPSS, PPS0, PPS1 and PCK; the highest D that the reader has',
    shown: bringUp('TA1 96 above dwMaxDataRate', 'TA1 97 above dwMaxDataRate', 'TA1 21, slower than the default', 'PPS: mute', 'PPS: wrong PCK'),
  },
  {
    clause: 'ISO/IEC 7816-3, 10.2',
    figure: 'T=0: WWT is 960 WI Fi / f, the guard time 12 + N etu, and what a time-out makes of them',
    shown: waiting('T=0, WI 2A', 'T=0, N 05', 'T=0, TA1 95', 'T=0, 3.58 MHz'),
  },
  {
    clause: 'ISO/IEC 7816-3, 11.4.2 and 11.4.3',
    figure: 'T=1: BWT is 11 etu + 2^BWI 960 372 / f, CWT is 11 + 2^CWI etu, and what a time-out makes of them',
    shown: waiting('T=1, BWI 4, CWI 5', 'T=1, BWI 0, CWI 0', 'T=1, BWI 9, CWI 7', 'T=1, N FE'),
  },
  {
    clause: 'ISO/IEC 7816-3, 11.4.2',
    figure: 'S(IFS request) for IFSD up to FE after the parameters',
    shown: bringUp('dwMaxIFSD ${dwMaxIFSD}'),
  },
  {
    clause: 'ISO/IEC 7816-3, 11.6',
    figure: 'R blocks with the number that is expected; a damaged and a lost block asked for again',
    shown: accepted('a damaged block', 'a lost block'),
  },
  { clause: 'ISO/IEC 7816-3, 11.4.4', figure: 'EDC by LRC and by CRC', shown: messages('TPDU, T=1 with CRC') },
  {
    clause: 'the reader’s own times',
    figure: 'GetSlotStatus 3 s, IccPowerOn 60 s, PIN entry 90 s or bTimeOut + 10 s',
    shown: unseen('a choice of libccid, not of a standard; to see one end takes its whole time'),
  },
];
