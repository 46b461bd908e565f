using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bailiwick.Edge.Http;
using Bailiwick.Edge.Rates;
using Bailiwick.Grains.Abstractions;
using Bailiwick.Grains.Abstractions.Access;
using Bailiwick.Grains.Abstractions.Devices;
using Bailiwick.Grains.Abstractions.Identity;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>The REST door on a real web server on a free port of the loopback, before scripted grains.</summary>
public sealed class RestServer : IAsyncDisposable
{
    /// <summary>The host that clients name, so that links are the same on every port.</summary>
    public const string Host = "bailiwick.test";

    public const string GoodPassword = "right";

    private readonly WebApplication _app;

    private RestServer(WebApplication app, ScriptedGrains grains, LogLines log)
    {
        (_app, Grains, Log) = (app, grains, log);
        var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        EndPoint = new IPEndPoint(IPAddress.Loopback, address.Port);
        Client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, UseProxy = false }) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(60) };
    }

    public ScriptedGrains Grains { get; }

    public LogLines Log { get; }

    public CommitSinks Commits => _app.Services.GetRequiredService<CommitSinks>();

    /// <summary>Whom sign-in was told to forget.</summary>
    public required ConcurrentQueue<Caller> Forgotten { get; init; }

    public HttpClient Client { get; }

    public IPEndPoint EndPoint { get; }

    public static async Task<RestServer> StartAsync(ScriptedGrains? grains = null, bool trustsForwarded = false, RateSettings? rates = null)
    {
        var script = grains ?? World.Grains();
        var log = new LogLines();
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRouting();
        builder.Services.AddLogging(logging => logging.AddProvider(log));
        builder.Services.AddSingleton<IGrainFactory>(script);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<AuthenticateRequest>(AuthenticateAsync);
        builder.Services.AddSingleton<TenantOfRequest>(_ => new(World.T1));
        var forgotten = new ConcurrentQueue<Caller>();
        builder.Services.AddSingleton<ForgetCaller>(forgotten.Enqueue);
        builder.Services.AddRest(new RestSettings("1.2.3", trustsForwarded), rates);
        var app = builder.Build();
        app.MapGet("/health/live", () => Results.Text("live"));
        app.MapRest();
        await app.StartAsync();
        return new RestServer(app, script, log) { Forgotten = forgotten };
    }

    /// <summary>A request as <c>t1/smith</c>, or as nobody.</summary>
    public static HttpRequestMessage Request(string method, string target, string? body = null, string? contentType = "application/json", string? accept = null, bool signedIn = true)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(target, UriKind.Relative));
        request.Headers.Host = Host;
        if (signedIn) request.Headers.Add("Authorization", Basic("t1/smith", GoodPassword));
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        if (body is null) return request;
        request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (contentType is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        return request;
    }

    public Task<HttpResponseMessage> SendAsync(string method, string target, string? body = null, string? contentType = "application/json", string? accept = null) =>
        Client.SendAsync(Request(method, target, body, contentType, accept));

    /// <summary>Sends bytes as they are and answers what comes back until the server closes.</summary>
    public async Task<string> SendRawAsync(string request)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(EndPoint);
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }

    public static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
    }

    private static ValueTask<Caller> AuthenticateAsync(HttpContext http)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (header.Length == 0) throw Refusal.Unauthenticated("no credentials");
        var parts = Encoding.UTF8.GetString(Convert.FromBase64String(header["Basic ".Length..])).Split('/', ':');
        if (parts[2] != GoodPassword) throw Refusal.Unauthenticated("wrong password");
        return new(new Caller(new UserId(new TenantId(parts[0]), parts[1]), SignInMethod.Basic, 1, "127.0.0.1"));
    }
}

/// <summary>What was logged.</summary>
public sealed class LogLines : ILoggerProvider, ILogger
{
    public ConcurrentQueue<(LogLevel Level, string Text, Exception? Fault)> Lines { get; } = [];

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

    public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Lines.Enqueue((logLevel, formatter(state, exception), exception));
    }

    public void Dispose()
    {
    }
}

/// <summary>One server for a class whose tests only look.</summary>
public sealed class SharedRest : IAsyncLifetime
{
    public RestServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await RestServer.StartAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
