using System.Net;
using Bailiwick.Edge.Http;
using Microsoft.AspNetCore.Http;

namespace Bailiwick.Edge.Tests.Http;

/// <summary>What a proxy says of a client counts only where it is trusted.</summary>
public sealed class ForwardedTests
{
    [Theory]
    [InlineData(true, "https", "t2.iot.example:8443", "t2.iot.example", "203.0.113.9")]
    [InlineData(false, "http", "10.0.0.1:8080", "10.0.0.1", "10.0.0.7")]
    public void Scheme_host_and_address_are_the_clients_by_a_trusted_proxy_and_the_connections_own_otherwise(
        bool isTrusted, string scheme, string host, string hostName, string address)
    {
        var http = Request();
        http.Request.Headers["X-Forwarded-Proto"] = "https, http";
        http.Request.Headers["X-Forwarded-Host"] = "t2.iot.example:8443, inner.example";
        http.Request.Headers["X-Forwarded-For"] = "198.51.100.1, 203.0.113.9";

        Assert.Equal((scheme, host, hostName), (Forwarded.Scheme(http.Request, isTrusted), Forwarded.Host(http.Request, isTrusted), Forwarded.HostName(http.Request, isTrusted)));
        Assert.Equal(address, Forwarded.Address(http, isTrusted));
    }

    [Theory]
    [InlineData("gopher", "", "not an address")]
    [InlineData("", "", "")]
    public void What_a_trusted_proxy_does_not_say_is_the_connections_own(string scheme, string host, string address)
    {
        var http = Request();
        http.Request.Headers["X-Forwarded-Proto"] = scheme;
        http.Request.Headers["X-Forwarded-Host"] = host;
        http.Request.Headers["X-Forwarded-For"] = address;

        Assert.Equal(("http", "10.0.0.1:8080"), (Forwarded.Scheme(http.Request, true), Forwarded.Host(http.Request, true)));
        Assert.Equal("10.0.0.7", Forwarded.Address(http, true));
    }

    private static DefaultHttpContext Request()
    {
        var http = new DefaultHttpContext();
        (http.Request.Scheme, http.Request.Host) = ("http", new HostString("10.0.0.1:8080"));
        http.Connection.RemoteIpAddress = IPAddress.Parse("10.0.0.7");
        return http;
    }
}
