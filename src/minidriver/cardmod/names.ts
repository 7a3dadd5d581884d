/* Strings of cardmod.h. Property, algorithm and blob names are compared exactly; file and directory names without regard to case. */

export * from './property-names.ts';

/** Container properties (S707 4.5.2). */
export const CCP_CONTAINER_INFO = 'Container Info';
export const CCP_PIN_IDENTIFIER = 'PIN Identifier';
export const CCP_ASSOCIATED_ECDH_KEY = 'Associated ECDH Key';

/** Directories and files (S707 5.4, 5.5), in the folded form. */
export const szBASE_CSP_DIR = 'mscp';
export const szCARD_IDENTIFIER_FILE = 'cardid';
export const szCACHE_FILE = 'cardcf';
export const szCARD_APPS_FILE = 'cardapps';
export const szCONTAINER_MAP_FILE = 'cmapfile';
export const szROOT_STORE_FILE = 'msroots';
export const szUSER_SIGNATURE_CERT_PREFIX = 'ksc';
export const szUSER_KEYEXCHANGE_CERT_PREFIX = 'kxc';
