/**
 * Itgrix's PHP actions: a file that sees the array `$params` and returns an array. Exports the program
 * that runs one unchanged.
 * @source customizations.md, "Kinds of script"
 */

/**
 * `conversation.type` and `call` are what actions written for versions before 2.15 look at. What the
 * action prints is not the answer (unless it returns nothing) and goes to the log.
 */
const PROGRAM = String.raw`
$params = json_decode(stream_get_contents(STDIN), true);
$type = (($params['call_full']['direction'] ?? '') === 'outbound') ? 1 : 2;
$params['conversation'] = array_merge(
  is_array($params['conversation'] ?? null) ? $params['conversation'] : [], ['type' => $type]);
$params['call'] = $params['call_full'] ?? null;
$__file = $argv[1];
chdir(dirname($__file));
ob_start();
$__answer = (static function () use (&$params, $__file) { return include $__file; })();
$__printed = ob_get_clean();
if (is_array($__answer)) {
  if ($__printed !== '') fwrite(STDERR, $__printed);
  if (isset($__answer['data']) && is_array($__answer['data'])) {
    // Added above for old actions; many give back all that they were given.
    unset($__answer['data']['call'], $__answer['data']['conversation']);
  }
  echo json_encode($__answer, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES);
} else {
  echo $__printed;
}
`;

export const phpAction = (php: string, file: string): readonly string[] => [
  php,
  "-d",
  "display_errors=stderr",
  "-d",
  "memory_limit=256M",
  "-r",
  PROGRAM,
  "--",
  file,
];
