using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Bailiwick.Edge.Http;

namespace Bailiwick.Compatibility.Tests.Sweeps;

/// <summary>
/// Who has not proved who it is gets 401 and nothing else, by whatever method, spelling of a path and credentials, and no answer tells which paths there
/// are. What is public is listed here. Strangers call themselves devices: their failures count against themselves alone, and lock no address.
/// </summary>
public sealed class AnonymousSweepTests(SweptServer shared) : IClassFixture<SweptServer>
{
    /// <summary>All that the interface gives without credentials, as docs/compatibility.md says.</summary>
    private static readonly string[] Public = ["GET /tenant/loginOptions"];

    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "QUERY", "NONSENSE"];
    private const string Passwords = $$"""{"currentUserPassword":"{{FirstPasswords.Device}}","newPassword":"Another-of-the-test-1"}""";
    private static readonly ParallelOptions Parallelism = new() { MaxDegreeOfParallelism = 16 };
    private static readonly RouteTree Tree = new(Routes.All);

    private readonly ConcurrentQueue<string> _failures = new();
    private readonly ConcurrentDictionary<string, int> _bodies = new(StringComparer.Ordinal);
    private readonly HttpClient _client = shared.Server.NewClient();
    private int _probes;

    private SweptTenant Tenant => shared.Tenant;

    [Fact]
    public void What_needs_no_signing_in_is_listed_here() => Assert.Equal(Public, Routes.All.Where(route => route.IsOpen).Select(Probes.NameOf));

    [Fact]
    public async Task Nobody_gets_anything_but_401_by_any_route_method_spelling_or_credentials()
    {
        var before = await Snapshot.TakeAsync(Tenant);
        var clock = Stopwatch.StartNew();

        await Parallel.ForEachAsync(Requests(), Parallelism, async (request, _) => await SendAsync(request.Method, request.Path, request.Credentials, request.StandsFor));

        TestContext.Current.TestOutputHelper?.WriteLine($"{_probes} requests of strangers in {clock.Elapsed.TotalSeconds:F1} s");
        Assert.True(_failures.IsEmpty, $"{_failures.Count} of {_probes} requests got in:\n{string.Join('\n', _failures.Take(20))}");
        // One for who says nothing of itself, and one for whoever cannot prove what it says.
        Assert.Equal(2, _bodies.Count);
        await before.DemandSameAsync(Tenant);
    }

    [Fact]
    public async Task The_user_that_fetches_credentials_for_devices_gets_nothing_else()
    {
        using var bootstrap = shared.Server.NewClientOf("management/devicebootstrap", FirstPasswords.Device);
        var served = new List<string>();
        foreach (var route in Routes.All.Where(route => !route.IsOpen))
        {
            using var request = new HttpRequestMessage(new HttpMethod(route.Method), Probes.PathOf(route, Tenant.Ids) + Probes.QueryOf(route, Tenant.Ids));
            if ((Probes.BodyOf(route, Tenant.Ids) ?? (route.Method == "PUT" ? Passwords : null)) is { } body) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
            using var answer = await bootstrap.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            Assert.DoesNotContain(Tenant.Secret, text, StringComparison.Ordinal);
            if ((int)answer.StatusCode != 403) served.Add($"{Probes.NameOf(route)} {(int)answer.StatusCode}");
        }

        // The request that it asks for waits for the device's second call.
        Assert.Equal(["POST /devicecontrol/deviceCredentials 404"], served);
    }

    /// <summary>Every path by every method, every path in every spelling, every route with all sorts of credentials.</summary>
    private IEnumerable<(string Method, string Path, string? Credentials, string? StandsFor)> Requests()
    {
        foreach (var path in Routes.All.Select(route => Probes.PathOf(route, Tenant.Ids)).Distinct(StringComparer.Ordinal))
            foreach (var method in Methods)
            {
                yield return (method, path, null, null);
                yield return ("POST", path, null, method);
                foreach (var spelling in Spellings(path).Where(_ => method is "GET" or "PUT")) yield return (method, spelling, null, null);
            }
        foreach (var route in Routes.All)
            foreach (var credentials in shared.Strangers.Headers)
                yield return (route.Method, Probes.PathOf(route, Tenant.Ids), credentials, null);
        yield return ("GET", "/inventory/nothing/of/the/kind", null, null);
        yield return ("GET", "/nothing", null, null);
        yield return ("GET", "/", null, null);
    }

    private static IEnumerable<string> Spellings(string path) =>
    [
        $"{path}/", $"{path}?x=1", $"/{path}", path.Replace("/", "//", StringComparison.Ordinal), $"/.{path}", $"/x/..{path}", $"{path}/.", $"{path};a=b", $"{path}%2F", $"{path}%00", $"{path}%20",
        $"/%{(int)path[1]:x2}{path[2..]}", $"/%25{(int)path[1]:x2}{path[2..]}", path.ToUpperInvariant(), $"{path}.json", "/%2e%2e" + path, path.Replace("/", "\\", StringComparison.Ordinal).Insert(0, "/"),
    ];

    private async Task SendAsync(string method, string path, string? credentials, string? standsFor)
    {
        Interlocked.Increment(ref _probes);
        var url = new Uri(shared.Server.Https.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var request = new HttpRequestMessage(new HttpMethod(method), url);
        if (credentials is not null) request.Headers.TryAddWithoutValidation("Authorization", credentials);
        if (standsFor is not null) request.Headers.TryAddWithoutValidation("X-HTTP-METHOD", standsFor);
        if (method is "POST" or "PUT" or "PATCH") request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
        using var answer = await _client.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        // A zero in a path is refused by the web server itself, before anything of ours has seen it.
        if (path.Contains("%00", StringComparison.Ordinal) && (int)answer.StatusCode == 400 && text.Length == 0) return;
        if (IsPublic(standsFor ?? method, path))
        {
            if ((int)answer.StatusCode != 200 || text.Contains(Tenant.Secret, StringComparison.Ordinal)) Fail();
            return;
        }
        if ((int)answer.StatusCode != 401 || answer.Headers.WwwAuthenticate.SingleOrDefault()?.Scheme != "Basic") Fail();
        else if (method != "HEAD") _bodies.AddOrUpdate(ErrorOf(text), 1, (_, count) => count + 1);

        void Fail() => _failures.Enqueue($"{method} {path} as {credentials ?? "nobody"}{(standsFor is null ? "" : $" for {standsFor}")}: {(int)answer.StatusCode} {text}");
    }

    private static bool IsPublic(string method, string path) =>
        Tree.Find(path.Split('?')[0], [])?.For(method) is { } route && Public.Contains(Probes.NameOf(route));

    private static string ErrorOf(string body)
    {
        using var error = JsonDocument.Parse(body);
        Assert.Equal("security/Unauthorized", error.RootElement.GetProperty("error").GetString());
        return body;
    }
}
