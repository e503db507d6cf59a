<?php
// The lead says when the client called: "79161234567, 2026-11-21 12:30".
$call = $params['call_full'];
$params['name'] = $call['client_phone'] . ', ' . substr($call['channel']['start_time'], 0, 16);

unset($params['call_full']);
return array('state' => 'success', 'data' => $params);
