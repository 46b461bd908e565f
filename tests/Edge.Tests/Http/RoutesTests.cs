using System.Runtime.CompilerServices;
using Bailiwick.Edge.Http;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>Who is let in, and which paths and methods there are: for every route of the table.</summary>
public sealed class RoutesTests(SharedRest rest) : IClassFixture<SharedRest>
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

    /// <summary>The reviewed list: every route, what it asks, and what any of these asks for.</summary>
    [Fact]
    public void The_table_is_the_reviewed_one()
    {
        var printed = string.Concat(Routes.All.OrderBy(route => route.Template, StringComparer.Ordinal).ThenBy(route => route.Method, StringComparer.Ordinal)
            .Select(route => $"{route.Method,-6} {route.Template}\n       asks {string.Join(", ", route.Asks.Select(ask => $"{ask.DeclaringType!.Name}.{ask.Name}"))}; needs one of {string.Join(", ", route.Needs)}\n"));
        if (Environment.GetEnvironmentVariable("GOLDEN_ACCEPT") == "1") Accept(printed);
        Assert.Equal(File.ReadAllText(Path.Combine(GoldenCase.Folder, "routes.txt")), printed);
    }

    [Fact]
    public void Every_route_asks_a_grain_and_needs_a_permission() =>
        Assert.All(Routes.All, route => Assert.True(route.Asks.Count > 0 && (route.IsOpen || route.Needs.Any()), route.Template));

    /// <summary>A list to be looked at: each is answered to whoever can reach the server.</summary>
    [Fact]
    public void What_is_open_to_everybody_is_asked_before_anybody_can_sign_in() =>
        Assert.Equal(["GET /tenant/loginOptions"], Routes.All.Where(route => route.IsOpen).Select(route => $"{route.Method} {route.Template}"));

    [Fact]
    public async Task Without_credentials_every_path_and_method_is_401_whether_or_not_it_exists()
    {
        var server = rest.Server;
        server.Grains.Calls.Clear();
        string[] paths = [.. Routes.All.Where(route => !route.IsOpen).Select(PathOf).Distinct(), "/", "/nothing", "/inventory/nothing", "/mqtt2", "/health/other", "/..%2f", "/user/t2/users"];
        foreach (var path in paths)
            foreach (var method in Methods)
            {
                using var answer = await server.Client.SendAsync(RestServer.Request(method, path, signedIn: false));
                Assert.True((int)answer.StatusCode == 401, $"{method} {path}: {(int)answer.StatusCode}");
                Assert.StartsWith("Basic realm=", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
                Assert.Null(answer.Content.Headers.Allow.FirstOrDefault());
            }
        // Of a path that is open to one method the others are not.
        foreach (var open in Routes.All.Where(route => route.IsOpen))
            foreach (var method in Methods.Where(method => method != open.Method))
                using (var answer = await server.Client.SendAsync(RestServer.Request(method, PathOf(open), signedIn: false)))
                    Assert.True((int)answer.StatusCode == 401, $"{method} {open.Template}: {(int)answer.StatusCode}");
        Assert.Empty(server.Grains.Calls);
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_know_is_405_with_those_that_it_knows()
    {
        var server = rest.Server;
        foreach (var resource in Routes.All.GroupBy(PathOf))
        {
            var known = resource.Select(route => route.Method).Order(StringComparer.Ordinal).ToList();
            foreach (var method in Methods.Except(known))
            {
                using var answer = await server.SendAsync(method, resource.Key);
                Assert.True((int)answer.StatusCode == 405, $"{method} {resource.Key}: {(int)answer.StatusCode}");
                Assert.Equal(known, answer.Content.Headers.Allow.Order(StringComparer.Ordinal));
            }
        }
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/Inventory/managedObjects")]
    [InlineData("/inventory/managedObjects/1/childDevices/2/3")]
    [InlineData("/inventory%2FmanagedObjects")]
    [InlineData("/user/t1")]
    [InlineData("/event/events/1/binaries")]
    public async Task A_path_that_is_none_is_404(string path)
    {
        using var answer = await rest.Server.SendAsync("GET", path);

        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Contains("\"error\":\"general/Not Found\"", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("//inventory//managedObjects//4711")]
    [InlineData("/inventory/managedObjects/4711/")]
    [InlineData("/inventory/managedObjects/4711//?withChildren=false")]
    [InlineData("/inventory/managedObjects/%34711")]
    public async Task Doubled_and_trailing_slashes_and_needless_escapes_change_nothing(string target)
    {
        var answer = await rest.Server.SendRawAsync(
            $"GET {target} HTTP/1.1\r\nHost: bailiwick.test\r\nAuthorization: {RestServer.Basic("t1/smith", RestServer.GoodPassword)}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Contains("\"id\":\"4711\"", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("p%2F1", "t1/c8y_Serial/p%2F1")]
    [InlineData("p%252F1", "t1/c8y_Serial/p%252F1")]
    [InlineData("p+1", "t1/c8y_Serial/p%2B1")]
    [InlineData("..", "t1/c8y_Serial/..")]
    [InlineData("%C3%BC", "t1/c8y_Serial/%C3%BC")]
    [InlineData("100%", "t1/c8y_Serial/100%25")]
    public async Task An_external_id_is_what_its_escapes_say_and_no_other(string part, string key)
    {
        await using var server = await RestServer.StartAsync();
        var answer = await server.SendRawAsync(
            $"GET /identity/externalIds/c8y_Serial/{part} HTTP/1.1\r\nHost: bailiwick.test\r\nAuthorization: {RestServer.Basic("t1/smith", RestServer.GoodPassword)}\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.Equal(key, Assert.Single(server.Grains.Calls).Key);
    }

    [Fact]
    public async Task What_else_is_mapped_is_served_without_the_door()
    {
        using var answer = await rest.Server.Client.SendAsync(RestServer.Request("GET", "/health/live", signedIn: false));

        Assert.Equal("live", await answer.Content.ReadAsStringAsync());
    }

    private static string PathOf(Route route) => "/" + string.Join('/', route.Segments.Select(segment => segment switch
    {
        "{tenant}" => "t1",
        "{groupId}" => "2",
        "{role}" => "ROLE_DEVICE",
        _ => Route.IsPart(segment) ? "77" : segment,
    }));

    private static void Accept(string printed, [CallerFilePath] string here = "") =>
        File.WriteAllText(Path.Combine(Path.GetDirectoryName(here)!, "golden", "routes.txt"), printed);
}
