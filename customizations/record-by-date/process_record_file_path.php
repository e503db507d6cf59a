<?php
// FreePBX keeps recordings by date: …/monitor/2026/11/21/name.wav. Asterisk names only "name.wav".
$path = $params['file_path'];
$day = substr($params['call_full']['channel']['start_time'], 0, 10);

$folder = dirname($path);
if (!preg_match('#/\d{4}/\d{2}/\d{2}$#', $folder)) {
    $path = $folder . '/' . str_replace('-', '/', $day) . '/' . basename($path);
}

return array('state' => 'success', 'data' => array('file_path' => $path));
