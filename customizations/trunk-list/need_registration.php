<?php
// Calls that came by one of these trunks are not told to Kommo.
// The same without a script: "register": { "trunks": { "except": ["PJSIP/service"] } }
$blackList = array('PJSIP/service', 'PJSIP/fax');

$trunk = $params['call_full']['channel']['trunk'];
$isListed = in_array($trunk['name'], $blackList) || in_array($trunk['number'], $blackList);

return array(
    'state' => 'success',
    'data' => array('result' => !$isListed),
);
