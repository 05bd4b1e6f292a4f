<?php
// A site with the recipe for Laravel, for `php -S`; the header X-User stands for its login.

use Illuminate\Auth\AuthServiceProvider;
use Illuminate\Auth\GenericUser;
use Illuminate\Auth\Middleware\Authenticate;
use Illuminate\Config\Repository;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Filesystem\Filesystem;
use Illuminate\Filesystem\FilesystemServiceProvider;
use Illuminate\Foundation\Application;
use Illuminate\Foundation\Bootstrap\BootProviders;
use Illuminate\Foundation\Bootstrap\RegisterFacades;
use Illuminate\Foundation\Bootstrap\RegisterProviders;
use Illuminate\Foundation\Exceptions\Handler;
use Illuminate\Foundation\Http\Kernel;
use Illuminate\Foundation\PackageManifest;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Auth;
use Illuminate\View\ViewServiceProvider;

error_reporting(E_ALL & ~E_DEPRECATED);
require_once 'Illuminate/autoload.php';

const PROVIDERS = [AuthServiceProvider::class, FilesystemServiceProvider::class, ViewServiceProvider::class];

class SiteKernel extends Kernel
{
    protected $bootstrappers = [RegisterFacades::class, RegisterProviders::class, BootProviders::class];
}

class NoPackages extends PackageManifest
{
    protected function getManifest()
    {
        return [];
    }
}

@mkdir(__DIR__ . '/bootstrap/cache', recursive: true);
$app = new Application(__DIR__);
$app->instance(PackageManifest::class, new NoPackages(new Filesystem(), __DIR__, __DIR__ . '/packages.php'));
$app->instance('config', new Repository([
    'app' => ['debug' => false, 'providers' => PROVIDERS, 'aliases' => []],
    'auth' => ['defaults' => ['guard' => 'web'], 'guards' => ['web' => ['driver' => 'header']]],
    'view' => ['paths' => [], 'compiled' => __DIR__],
    'services' => ['longshore' => ['secret' => getenv('JWT_SECRET')]],
]));
$app->singleton(ExceptionHandler::class, Handler::class);
$app['router']->aliasMiddleware('auth', Authenticate::class);
$app->booted(function (): void {
    Auth::viaRequest('header', function (Request $request): ?GenericUser {
        $email = $request->header('X-User');

        return $email ? new GenericUser(['id' => 1, 'email' => $email]) : null;
    });
    require_once __DIR__ . '/longshore_grant.php';
    require_once __DIR__ . '/web.php';
});

$app->make(SiteKernel::class)->handle(Request::capture())->send();
