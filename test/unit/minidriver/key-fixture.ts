/*
 * A throw-away RSA-1024 key in three forms, all written by OpenSSL 3.0 (`openssl genrsa 1024`, `openssl rsa -outform "MS PRIVATEKEYBLOB"`,
 * `openssl rsa -pubout -outform "MS PUBLICKEYBLOB"`): the oracle for the CAPI blobs. OpenSSL writes CALG_RSA_KEYX.
 */
import { type Bytes, copy } from '../../../src/codec/index.ts';

const decode = (lines: readonly string[]): Bytes => copy(Buffer.from(lines.join(''), 'base64'));

/** RSAPrivateKey (RFC 8017, A.1.2) in DER. */
export const RSA_DER: Bytes = decode([
  'MIICWwIBAAKBgQDIaDFZLVqdopLggb9f582/ep2+WTMr0R9+R0Psec7cNwDGdpZBVXobDJdr3cpVKgpvP06446FkgaWTvfRehFNa7JKlbLKvX/E3h4RAQXvw',
  'pldT0MPR8TQAATTtfbrs4dIe+RPeOy8aJWNkGLFY6pq2/QAR7kEtjNfBnEvR1TrKcwIDAQABAoGAAvQ2NgBLI6Ov0otXDMzX5YijJpkd/flZI31dbPDmsaxF',
  '4KcC0/e0kw1+deKRBuxVtwoR2PvR9y9KB4F3RqVgrSG5ewmL4EKvsYnYXc0AHThjzvJWlFLS0+JRnuBmqYtWoq444AwJisB/yNkG7VudONnagw5PEGa1XLru',
  'yiD7qiECQQDz5forosT5Y28hw2+5Ws7WzLVLIK4GF6PrwY8PYBUiJE7D1CwEUd5x64S8ldDt7HGjQRMIDNLaznA/S7VwpaT5AkEA0lnIqcOk0aFVgVbnfY0y',
  'o0bz0Qab3H7Biz8cLDl3SOgcTb9cG/EqMw+hqYzahtzKGchLiOOaW7SpzG6amRwBywJAIwjYBMiezswPvKPcOp3mtEg3ipEpLkrbCxSEvkqo/nyEq/CgWgaA',
  'k5CnQoequWKLeE3ys+dTqoaY7R6s83930QJAfTfPWSfK5LOat+zozvePzly9ZY/+lmqqgl7mQXlQBgmOV8XzafrNOSoz/T+JEsE6WdC/DlUXHUJV1gl9ZGmk',
  'swJATAD9YxboDoq1wPI6dfxfKAjsuCQqWwY2opVA89l0X5tX2WBZ+qITnd2NtoQ6HDcYiFfDvV3MVDeYNNt/h3SBbA==',
]);

/** PRIVATEKEYBLOB. */
export const PRIVATE_BLOB: Bytes = decode([
  'BwIAAACkAABSU0EyAAQAAAEAAQBzyjrV0UucwdeMLUHuEQD9tprqWLEYZGMlGi873hP5HtLh7Lp97TQBADTx0cPQU1em8HtBQISHN/Ffr7JspZLsWlOEXvS9',
  'k6WBZKHjuE4/bwoqVcrda5cMG3pVQZZ2xgA33M557ENHfh/RKzNZvp16v83nX7+B4JKinVotWTFoyPmkpXC1Sz9wztrSDAgTQaNx7O3QlbyE63HeUQQs1MNO',
  'JCIVYA+PweujFwauIEu1zNbOWrlvwyFvY/nEoiv65fPLARyZmm7MqbRbmuOIS8gZytyG2oypoQ8zKvEbXL9NHOhIdzksHD+LwX7cmwbR80ajMo1951aBVaHR',
  'pMOpyFnS0Xd/86we7ZiGqlPns/JNeItiuaqHQqeQk4AGWqDwq4R8/qhKvoQUC9tKLimRijdItOadOtyjvA/Mzp7IBNgII7OkaWR9CdZVQh0XVQ6/0Fk6wRKJ',
  'P/0zKjnN+mnzxVeOCQZQeUHmXoKqapb+j2W9XM6P987o7Leas+TKJ1nPN31sgXSHf9s0mDdUzF29w1eIGDccOoS2jd2dE6L6WWDZV5tfdNnzQJWiNgZbKiS4',
  '7AgoX/x1OvLAtYoO6BZj/QBMIar7IMruuly1ZhBPDoPa2TidW+0G2ch/wIoJDOA4rqJWi6lm4J5R4tPSUpRW8s5jOB0AzV3YibGvQuCLCXu5Ia1gpUZ3gQdK',
  'L/fR+9gRCrdV7AaR4nV+DZO099MCp+BFrLHm8GxdfSNZ+f0dmSajiOXXzAxXi9KvoyNLADY29AI=',
]);

/** PUBLICKEYBLOB. */
export const PUBLIC_BLOB: Bytes = decode([
  'BgIAAACkAABSU0ExAAQAAAEAAQBzyjrV0UucwdeMLUHuEQD9tprqWLEYZGMlGi873hP5HtLh7Lp97TQBADTx0cPQU1em8HtBQISHN/Ffr7JspZLsWlOEXvS9',
  'k6WBZKHjuE4/bwoqVcrda5cMG3pVQZZ2xgA33M557ENHfh/RKzNZvp16v83nX7+B4JKinVotWTFoyA==',
]);
