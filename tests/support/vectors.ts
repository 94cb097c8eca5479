/** Test vectors of co2logserver: the salt, its payloads, and their salted digests, calculated with Python's hashlib. */
export const SALT = 'my-super-secret-psk'

export const JSON_BODY = '{"time_utc":[43,23],"co2":[1223,2351]}'
export const CSV_BODY = 'time_utc,co2\n43,1223\n23,2351\n'
export const FORM_BODY = 'time_utc=43&time_utc=23&co2=1223&co2=2351'
export const MSGPACK_BODY = Buffer.from('82a874696d655f757463922b17a3636f3292cd04c7cd092f', 'hex')

/** Over JSON_BODY, by the name in the header. */
export const JSON_DIGESTS: Readonly<Record<string, string>> = {
  MD5: 'b71e91feb2be18ccca019914a1da5b1d',
  SHA1: '39637abfd5f27891eb15b46b9ee717878a1c9d31',
  SHA224: 'a79289d2a3279769a841f7d691b3d8e96c9d17f8cc1336a3911d8c1f',
  SHA256: 'd97f48ce74d8da710443f4c8e72a0e8b777c494a7bcfd43bbf95ee6384372c9c',
  SHA384: 'c961971e6403d411a1d86dddc0c8f5ecf17323df1aea4b380b9dcd7e8703c8ae087282bd621cc7350eba744e2260253b',
  SHA512:
    'f4e690993daca3298df16e93767881f5c5b55c529577e1333c947de27951ca356bc013c28e8d544242554ad146db8e50988474aee3f8861c68aaa805e32bb8d1',
  BLAKE2b:
    '952d73a3bab18d6fd755a36ef2dcab36d0bfe8916fa1a1d6caa670c9478f61b21a59643b80e895232894becb2858e4bc8285df6fa94cea5c7f567837181c677f',
  BLAKE2s: '552aebbd259e42db5aa7eab8c73af4a46911e2e16b78da776243487397e7680d',
  SHA3_224: 'e28071d08b762a95b01d0473cbd94f3d350252aee3502a2466ec13d8',
  SHA3_256: '805eba6030ac8f0500234dfe1f210683578e2706f558239c703241eea971efb2',
  SHA3_384: '5029bd3d8144d8c1e956303ac3bf73002feba020172efd1f6d1bed136d305f60e5b25d28e88ce66eada828c9feae06c8',
  SHA3_512:
    '866d384915c8d9c7dd23cf167780141c697d3471a19478f3ef84070a6a2ba8527f17b52576e0d41c7f7b08ccb2271d030410a44c7b5759ecf32787bf2fb3adab',
}

/** Invalid digests over JSON_BODY: with spaces, with a line end, with the salt in front. */
export const WRONG_MD5 = [
  '8d38ac79a4a90d6526733d2c15d11204',
  '7597b59a36c940b870b83f24a8c531b9',
  'e6204a900dde5b4a9903bd32f0bef0ca',
]

export const BODY_DIGESTS = [
  {
    name: 'MessagePack',
    type: 'application/msgpack',
    body: MSGPACK_BODY,
    md5: '0d6f08e37b066bdb6be504197c0596c7',
    sha256: '0564a0811ea8b796c5f84ced853d9b31baf66fafceb60f49201c8fd94dad3131',
  },
  {
    name: 'CSV',
    type: 'text/csv',
    body: Buffer.from(CSV_BODY),
    md5: '1434792c7102852c88bd87c6dcce1016',
    sha256: '9e7c47a8f386d66509b333bdd0b2dc12069e0558149240a635351e27c2b725bb',
  },
  {
    name: 'form',
    type: 'application/x-www-form-urlencoded',
    body: Buffer.from(FORM_BODY),
    md5: 'e5086f92e630684d390d1728a905fb0d',
    sha256: '921fadf10393f434df14b1ec55d4b28fe10aafe806bc3a873adec0bb0a5286ce',
  },
]

export const DOWNLOAD_DIGESTS = [
  {
    path: '/download?',
    md5: '048dd4caafb1a44b6d83036fdd5ab96d',
    sha256: 'e268688edd4461a55425ac1fa5ae09d6dbda09c55e1d3f107222a8cd1755740b',
  },
  {
    path: '/download?format=json',
    md5: 'c30bf82009ec4ee1e2c644b757676dd6',
    sha256: '93857a5cefe845d83d70c08edc22c6a8242d4185bd1a0c40404ffaa528b6df3a',
  },
  {
    path: '/download?format=csv&cols=co2,time&number=10',
    md5: '0f4c164f4d1e8760c9d384ee8d28a0c3',
    sha256: '4cb352cbe258b35761cdaa1f3f157f6458cfd2f5cf8bf65d1e7f5cdb17b67286',
  },
]

/** Over `/download` without the question mark, which is never valid. */
export const DOWNLOAD_WITHOUT_QUESTION_MARK_MD5 = 'a59cf69314c49e2cab2ebf97afe03c66'
