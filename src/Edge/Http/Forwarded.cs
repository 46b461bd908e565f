using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Http;

/// <summary>
/// How and from where a client came, when a proxy stands in front. What the headers say counts only where the operator trusts them: else any
/// client could plant links, name another tenant's host, or put its failed sign-ins on another's address.
/// </summary>
internal static class Forwarded
{
    /// <summary>The scheme by which the client came.</summary>
    public static string Scheme(HttpRequest request, bool isTrusted) =>
        isTrusted && First(request, "X-Forwarded-Proto") is ("http" or "https") and var scheme ? scheme : request.Scheme;

    /// <summary>The host that the client named, with its port; null when it named none.</summary>
    public static string? Host(HttpRequest request, bool isTrusted) =>
        isTrusted && First(request, "X-Forwarded-Host") is { Length: > 0 } host ? host : request.Host.Value;

    /// <summary>The same without the port.</summary>
    public static string HostName(HttpRequest request, bool isTrusted) => new HostString(Host(request, isTrusted) ?? "").Host;

    /// <summary>
    /// The client's network address. Of a list the last entry is the one that the proxy in front of us has seen itself; those before it are
    /// what it was told.
    /// </summary>
    public static string Address(HttpContext http, bool isTrusted)
    {
        var told = isTrusted ? http.Request.Headers["X-Forwarded-For"].ToString().Split(',')[^1].Trim() : "";
        return System.Net.IPAddress.TryParse(told, out var address) ? address.ToString() : http.Connection.RemoteIpAddress?.ToString() ?? "";
    }

    // A list of proxies: the first is the one that the client spoke to.
    private static string First(HttpRequest request, string header) => request.Headers[header].ToString().Split(',')[0].Trim();
}
