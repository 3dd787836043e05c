/** A private key on the curve P-256 (base64 of PKCS#8) for `SIGNING_CA_KEY` of nodes in tests. It protects nothing. */
export const testSigningKey =
  'MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgv1AUAkh89gqdV/0H3Sa2nyI5ni20GoxXmSb+NaA2fY2hRANCAASzIRJwe/PjpVLCVhQ2wcBtGOchYNxtDEf+xn5qpCFuAkugbvpsXB2i01bflIz5fRvOSzRDFi/N8X8JL8oE+/9N'
